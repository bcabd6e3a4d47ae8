import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { canUse, postgresAccount } from './account.ts'
import { postgresBinaries } from './binaries.ts'
import { type Account, run } from './leash.ts'
import { postgresAnswers } from './probe.ts'
import { processTable } from './process.ts'
import type { Launch, PrepareOptions } from './service.ts'

const USER = 'laurel'
const DATABASE = 'laurel'

// Says that the data lies in the public directory. Without it, as after `rm -r .data`, what lies there is none
// of ours any more: it would not fit to Kafka's.
const MARK = 'data-is-elsewhere'

/** Anyone on this machine may connect: the server listens on loopback and holds a developer's data. */
export function postgresUrl(port: number): string {
  return `postgres://${USER}@127.0.0.1:${port}/${DATABASE}`
}

/**
 * Makes a PostgreSQL ready to run, with its data in `directory` or, where root started Laurel and the account
 * that PostgreSQL then runs as cannot reach it, in `publicDirectory(directory)`. Data that is there already
 * is used where it is, and by its owner.
 *
 * @throws LaurelError DEPENDENCY_MISSING when it does not run here, STACK_UNAVAILABLE when it has no place
 */
export async function preparePostgres(
  directory: string,
  port: number,
  options: PrepareOptions,
): Promise<Launch> {
  const former = formerHome(directory)
  const account = postgresAccount(former ? join(former, 'data') : null)
  const environment = { ...options.environment, LC_ALL: 'C' }
  const native = await postgresBinaries(account, environment, () => makePublicDirectory(directory))
  const home = former ?? makeHome(directory, account)
  if (!former) {
    options.log('creating its database')
    await createCluster(native, home, account, { ...options, environment })
  }
  const data = join(home, 'data')
  return {
    command: join(native, 'bin', 'postgres'),
    args: ['-D', data, ...postgresSettings(port, options.durable).flatMap((setting) => ['-c', setting])],
    environment,
    directory: home,
    account,
    stopSignal: 'INT', // the fast shutdown: it does not wait for clients to leave
    tidy: () => clearStalePid(data),
    ready: () => postgresAnswers(port, USER, DATABASE),
    // A query that was running when its server was killed goes on to its end.
    transient: /pre-existing shared memory block/,
  }
}

/** A place for what an account must reach that cannot reach `directory`; it need not exist. */
export function publicDirectory(directory: string): string {
  const name = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 12)
  return join('/var/tmp', `laurel-${name}`)
}

export function postgresSettings(port: number, durable: boolean): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    'shared_buffers=256MB',
    'max_wal_size=2GB',
    'log_checkpoints=off',
    'timezone=UTC',
    'log_timezone=UTC',
  ]
  // A commit is still handed to the kernel first, so that it outlives the process.
  return durable ? settings : [...settings, 'fsync=off', 'full_page_writes=off']
}

function formerHome(directory: string): string | null {
  if (existsSync(join(directory, 'data'))) return directory
  if (!existsSync(join(directory, MARK))) return null
  makePublicDirectory(directory) // it may be another user's
  return existsSync(join(publicHome(directory), 'data')) ? publicHome(directory) : null
}

function publicHome(directory: string): string {
  return join(publicDirectory(directory), 'postgres')
}

function makeHome(directory: string, account: Account | null): string {
  mkdirSync(directory, { recursive: true })
  if (!account) return directory
  chownSync(directory, account.uid, account.gid)
  if (canUse(account, directory)) return directory
  makePublicDirectory(directory)
  const home = publicHome(directory)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home)
  chownSync(home, account.uid, account.gid)
  writeFileSync(join(directory, MARK), `${home}\n`)
  return home
}

// Anyone may make a directory of this name first, and would own what PostgreSQL then runs.
function makePublicDirectory(directory: string): string {
  const path = publicDirectory(directory)
  mkdirSync(path, { recursive: true })
  const entry = lstatSync(path)
  if (entry.uid !== 0 || !entry.isDirectory()) {
    throw new LaurelError(
      'STACK_UNAVAILABLE',
      `${path} is not a directory of root's. Remove it and start again.`,
    )
  }
  chmodSync(path, 0o755)
  return path
}

// The data appears whole or not at all: a creation that is interrupted is done again.
async function createCluster(
  native: string,
  home: string,
  account: Account | null,
  { durable, environment, abort }: PrepareOptions,
): Promise<void> {
  const draft = join(home, 'data.new')
  rmSync(draft, { recursive: true, force: true })
  const bin = (program: string) => join(native, 'bin', program)
  const initdb = ['-D', draft, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C']
  const single = `echo 'create database ${DATABASE}' | "$1" --single -j -D "$2" postgres`
  const commands: [string, string[]][] = [
    [bin('initdb'), durable ? initdb : [...initdb, '--no-sync']],
    ['/bin/sh', ['-c', single, 'sh', bin('postgres'), draft]],
  ]
  for (const [command, args] of commands) {
    const { code, output } = await run(command, args, { environment, directory: home, account, abort })
    if (code === 0) continue
    throw new LaurelError(
      'STACK_UNAVAILABLE',
      `PostgreSQL's data could not be created in ${home}:\n${output.trim()}`,
    )
  }
  renameSync(draft, join(home, 'data'))
}

// PostgreSQL does not start while its pid file names a live process of its user, though the number may have
// been given to any other since a crash.
async function clearStalePid(data: string): Promise<void> {
  const path = join(data, 'postmaster.pid')
  if (!existsSync(path)) return
  const [pid, , , port] = readFileSync(path, 'utf8').split('\n').map(Number)
  if (!processTable().some((entry) => entry.pid === pid)) return
  if (port && (await postgresAnswers(port, USER, DATABASE))) {
    throw new LaurelError(
      'ALREADY_RUNNING',
      `PostgreSQL already runs on ${data} (process ${pid}). Stop it first: kill -INT ${pid}`,
    )
  }
  rmSync(path)
}
