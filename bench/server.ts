import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resetStack, startStack } from '#stack/stack.ts'
import { connect, migrate } from '#store/database.ts'

/** A PostgreSQL for benches, with databases for one run alone. */
export interface Server {
  /** As the server names it, such as 18.4. */
  readonly version: string
  /** Its first process; undefined where it is not one that was started here. */
  readonly pid: number | undefined
  /** Makes so many databases with empty tables, does the work on them, and drops them. */
  withDatabases<T>(count: number, work: (urls: readonly string[]) => Promise<T>): Promise<T>
}

// Named as if they ran elsewhere, so that they are not started: no bench of this server talks to them.
const NOT_STARTED = { KAFKA_BOOTSTRAP_SERVERS: 'not-started:9092', REDIS_URL: 'redis://not-started' }

/**
 * Starts a PostgreSQL that writes as durably as in production, does the work with it, and removes all traces.
 * One that DATABASE_URL names is used instead, and is left as it was.
 */
export async function withServer<T>(
  abort: AbortSignal,
  log: (line: string) => void,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
  // As root, PostgreSQL runs as another user, who has to reach its data.
  chmodSync(directory, 0o755)
  try {
    const stack = await startStack({
      directory,
      kafkaPort: 0,
      redisPort: 0,
      postgresPort: 0,
      durable: true,
      environment: { ...process.env, ...NOT_STARTED },
      log,
      onDeath: (_, reason) => log(reason),
      abort,
    })
    try {
      return await withTemplate(stack.addresses.databaseUrl, stack.postgres.pid ?? undefined, work)
    } finally {
      await stack.stop()
    }
  } finally {
    await resetStack(directory)
    rmSync(directory, { recursive: true, force: true })
  }
}

// The tables are made once and copied, so that every run begins with the same files.
async function withTemplate<T>(
  home: string,
  pid: number | undefined,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  const { sql, close } = connect(home, { application: 'laurel bench', connections: 1 })
  const prefix = `laurel_bench_${randomUUID().slice(0, 8)}`
  const template = `${prefix}_template`
  let number = 0
  // It also makes a checkpoint: no run pays for what the one before has left unwritten.
  const drop = (name: string) => sql`drop database if exists ${sql(name)} with (force)`
  try {
    const [row] = await sql<[{ version: string }]>`select current_setting('server_version') as version`
    await sql`create database ${sql(template)}`
    await migrate(urlOf(home, template))
    return await work({
      version: row.version.split(' ')[0]!,
      pid,
      withDatabases: async (count, inner) => {
        const names = Array.from({ length: count }, () => `${prefix}_${number++}`)
        try {
          for (const name of names) await sql`create database ${sql(name)} template ${sql(template)}`
          return await inner(names.map((name) => urlOf(home, name)))
        } finally {
          for (const name of names) await drop(name)
        }
      },
    })
  } finally {
    await drop(template)
    await close()
  }
}

function urlOf(home: string, database: string): string {
  const url = new URL(home)
  url.pathname = `/${database}`
  return url.href
}
