import { join } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { findExecutable, isExecutable } from './executable.ts'
import { run } from './leash.ts'

const OLDEST = 17

/**
 * The absolute path of a Java that can run Kafka: the one of JAVA_HOME, else the one on the PATH.
 *
 * @throws LaurelError DEPENDENCY_MISSING, with what to do
 */
export async function findJava(environment: NodeJS.ProcessEnv): Promise<string> {
  const home = environment.JAVA_HOME ? join(environment.JAVA_HOME, 'bin', 'java') : null
  const candidates = [home, findExecutable('java', environment)].filter(
    (path) => path !== null && isExecutable(path),
  ) as string[]
  const found: string[] = []
  for (const path of candidates) {
    const { output } = await run(path, ['-version'], { environment, directory: '/' })
    const version = majorVersion(output)
    if (version !== null && version >= OLDEST) return path
    // macOS has a `java` that only says where to get one.
    if (version !== null) found.push(`${path} is Java ${version}`)
  }
  const missing = found.length > 0 ? found.join(' and ') : 'none was found in JAVA_HOME or on the PATH'
  throw new LaurelError(
    'DEPENDENCY_MISSING',
    `Kafka needs Java ${OLDEST} or newer, and ${missing}.\n${REMEDY}`,
  )
}

/** Java's feature release from what `java -version` prints; null when that is no version. */
export function majorVersion(output: string): number | null {
  const match = /version "(?:1\.)?(\d+)/.exec(output)
  return match ? Number(match[1]) : null
}

/** What to do on a machine that lacks Java or Maven. */
export const REMEDY = `Do one of these:
  - install both: apt-get install openjdk-17-jre-headless maven
                  dnf install java-21-openjdk-headless maven
                  brew install openjdk maven   (and set JAVA_HOME to "$(brew --prefix openjdk)")
  - use services that run already: set KAFKA_BOOTSTRAP_SERVERS=host:port, REDIS_URL=redis://host:port
    and DATABASE_URL=postgres://user:password@host:port/database
  - run all of Laurel in containers: docker compose up`
