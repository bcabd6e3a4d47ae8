import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { LaurelError } from '#domain/error.ts'
import { findExecutable } from './executable.ts'
import { REMEDY } from './java.ts'
import { run } from './leash.ts'
import type { PrepareOptions } from './service.ts'

const POM = fileURLToPath(new URL('pom.xml', import.meta.url))
// By its short name, `dependency`, a plugin that cannot be fetched is only said to be unknown.
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin'
const TAIL_LINES = 8

const fetches = new Map<string, Promise<string>>()

/**
 * The directory of what `pom.xml` names: Kafka's jars in `kafka/`, Redis's executables in `redis/`. Maven
 * fetches them once for every project of this user; after that neither Maven nor a network is needed.
 *
 * @throws LaurelError DEPENDENCY_MISSING when Maven is missing or fails, with its last lines
 */
export async function fetchArtifacts(options: PrepareOptions): Promise<string> {
  const cache = join(options.environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'laurel')
  const target = join(
    cache,
    `stack-${createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12)}`,
  )
  if (existsSync(target)) return target
  const fetch = fetches.get(target) ?? fetchInto(target, cache, options).finally(() => fetches.delete(target))
  fetches.set(target, fetch)
  return fetch
}

async function fetchInto(
  target: string,
  cache: string,
  { environment, log, abort }: PrepareOptions,
): Promise<string> {
  const maven = findExecutable('mvn', environment)
  if (!maven) {
    throw new LaurelError(
      'DEPENDENCY_MISSING',
      `Maven, which fetches Kafka the first time, was not found: \`mvn\` is not on the PATH.\n${REMEDY}`,
    )
  }
  const draft = makeDraft(cache)
  try {
    log('fetching its jars with Maven, this once (about 60 MB)')
    copyFileSync(POM, join(draft, 'pom.xml'))
    const goals = [`${PLUGIN}:copy-dependencies@kafka`, `${PLUGIN}:unpack-dependencies@redis`]
    const options = ['-q', '-B', '-Dstyle.color=never', ...repository(cache)]
    const { code, output } = await run(maven, [...options, ...goals], {
      environment,
      directory: draft,
      abort,
    })
    if (existsSync(target)) return target
    if (code !== 0) throw failure(code, output)
    for (const name of readdirSync(join(draft, 'redis'))) chmodSync(join(draft, 'redis', name), 0o755)
    renameUnlessThere(draft, target)
    return target
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function makeDraft(cache: string): string {
  try {
    mkdirSync(cache, { recursive: true })
    return mkdtempSync(join(cache, 'fetching-'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LaurelError(
      'DEPENDENCY_MISSING',
      `There is no place to keep Kafka's jars (${reason}). Set XDG_CACHE_HOME to a directory that you can write to.`,
      error,
    )
  }
}

// Another process may be quicker, with the same result.
function renameUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}

// Maven keeps its own downloads under the home of the account, and some accounts have none.
function repository(cache: string): string[] {
  try {
    accessSync(userInfo().homedir, constants.W_OK)
    return []
  } catch {
    return [`-Dmaven.repo.local=${join(cache, 'repository')}`]
  }
}

function failure(code: number | null, output: string): LaurelError {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter(
      (line) =>
        !/^(\[ERROR\])?\s*$|re-run Maven|Re-run Maven|For more information|^\[ERROR\] \[Help/.test(line),
    )
  return new LaurelError(
    'DEPENDENCY_MISSING',
    [
      `Maven could not fetch Kafka (exit code ${code}). Its last lines:`,
      ...lines.slice(-TAIL_LINES).map((line) => `  ${line}`),
      'Is there a network, and does Maven know its proxy or mirror (~/.m2/settings.xml)? Start again once it does.',
      'Services that run already need no Maven: set KAFKA_BOOTSTRAP_SERVERS, REDIS_URL and DATABASE_URL;',
      'nor do containers: docker compose up.',
    ].join('\n'),
  )
}
