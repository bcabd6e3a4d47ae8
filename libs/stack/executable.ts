import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** The absolute path of the first executable of this name on the environment's PATH, or null. */
export function findExecutable(name: string, environment: NodeJS.ProcessEnv): string | null {
  for (const directory of (environment.PATH ?? '').split(delimiter)) {
    const path = join(directory, name)
    if (isAbsolute(directory) && isExecutable(path)) return path
  }
  return null
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
