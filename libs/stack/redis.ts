import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { findExecutable } from './executable.ts'
import { run } from './leash.ts'
import { fetchArtifacts } from './maven.ts'
import { redisAnswers } from './probe.ts'
import type { Launch, PrepareOptions } from './service.ts'

const PREFERRED = 7

/**
 * Makes a Redis ready to run, with its data in `directory`. Everything written survives the end of the
 * process; of a crash of the machine only what is older than a second does, and that only when durable.
 *
 * @throws LaurelError DEPENDENCY_MISSING when there is no Redis for this machine
 */
export async function prepareRedis(
  directory: string,
  port: number,
  options: PrepareOptions,
): Promise<Launch> {
  const command = (await installedRedis(options.environment)) ?? (await carriedRedis(options))
  mkdirSync(directory, { recursive: true })
  return {
    command,
    args: redisArguments(port, options.durable),
    environment: options.environment,
    directory,
    ready: () => redisAnswers(port),
  }
}

export function redisArguments(port: number, durable: boolean): string[] {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: '.',
    // BullMQ loses jobs under any other policy.
    'maxmemory-policy': 'noeviction',
    save: '',
    appendonly: 'yes',
    appendfsync: durable ? 'everysec' : 'no',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

/** The release from what `redis-server --version` prints; null when that is no version. */
export function redisVersion(output: string): number | null {
  const match = /server v=(\d+)\./.exec(output)
  return match ? Number(match[1]) : null
}

async function installedRedis(environment: NodeJS.ProcessEnv): Promise<string | null> {
  const path = findExecutable('redis-server', environment)
  return path && ((await version(path, environment)) ?? 0) >= PREFERRED ? path : null
}

async function carriedRedis(options: PrepareOptions): Promise<string> {
  const directory = join(await fetchArtifacts(options), 'redis')
  const suffix = `-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const name = readdirSync(directory).find((candidate) => candidate.endsWith(suffix))
  const path = name ? join(directory, name) : null
  if (path && (await version(path, options.environment)) !== null) return path
  throw new LaurelError(
    'DEPENDENCY_MISSING',
    `The Redis that Laurel carries does not run on this machine (${suffix.slice(1)}), and no redis-server ${PREFERRED} or newer is on the PATH. Install one, or set REDIS_URL=redis://host:port to one that runs already.`,
  )
}

async function version(path: string, environment: NodeJS.ProcessEnv): Promise<number | null> {
  return redisVersion((await run(path, ['--version'], { environment, directory: '/' })).output)
}
