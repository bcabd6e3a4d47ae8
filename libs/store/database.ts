import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { LaurelError } from '#domain/error.ts'

const MIGRATIONS = fileURLToPath(new URL('../../drizzle', import.meta.url))
/** Any number, the same in every process: only one of them migrates at a time. */
const MIGRATION_LOCK = 712_001

type Types = { bigint: number }
/** Runs statements: the pool, or one transaction of it. */
export type Sql = postgres.ISql<Types>

/** A part of a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>

/** One transaction. */
export type Transaction = postgres.TransactionSql<Types>

export interface Database {
  readonly sql: postgres.Sql<Types>
  /** The same pool behind Drizzle's query builder, for queries that are put together at run time. */
  readonly drizzle: PostgresJsDatabase
  /** Ends transactions that are not through when it is aborted. */
  readonly signal?: AbortSignal
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** What pg_stat_activity shows. */
  readonly application: string
  /** Connections at most. */
  readonly connections: number
  /**
   * Whether all its statements look rows up by keys, a batch's worth at a time. Until PostgreSQL has statistics of a
   * table, and while it grows faster than they do, it would walk over all of it instead.
   */
  readonly byKey?: boolean
}

const BY_KEY = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off' } as const

/**
 * A pool of connections; none is opened before the first statement. Statements end after 30 s and wait for
 * a lock at most 10 s, so that nothing hangs for ever.
 */
export function connect(url: string, { application, connections, byKey = false }: DatabaseOptions): Database {
  const sql = postgres(url, {
    max: connections,
    connect_timeout: 5,
    // A growing pause would go on growing through a long outage, and the first award after it come late.
    backoff: (attempts) => Math.min(0.1 * 2 ** attempts, 1) * (0.75 + Math.random() / 2),
    onnotice: () => {},
    // Else the driver asks for array types by itself on each new connection, and where that is lost meanwhile its
    // rejection is nobody's and ends the process. Arrays go as one text (`column`).
    fetch_types: false,
    connection: {
      application_name: application,
      statement_timeout: 30_000,
      lock_timeout: 10_000,
      idle_in_transaction_session_timeout: 60_000,
      // `fromInstant` reads no other: in some zones, old times have offsets with seconds.
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      ...(byKey && BY_KEY),
    },
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
  })
  return {
    sql,
    drizzle: drizzle(sql),
    close: () => sql.end({ timeout: 5 }),
  }
}

/** Brings the tables up to date. Several processes may call it at once. */
export async function migrate(url: string): Promise<void> {
  const client = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'laurel migrate' },
  })
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`
    await applyMigrations(drizzle(client), { migrationsFolder: MIGRATIONS })
  } finally {
    await client.end({ timeout: 5 })
  }
}

/**
 * Ends a process early that would fail on its first statement.
 *
 * @throws LaurelError STORE_OUTDATED where `laurel migrate` has not been run
 */
export async function assertMigrated({ sql }: Database): Promise<void> {
  const journal = JSON.parse(readFileSync(join(MIGRATIONS, 'meta/_journal.json'), 'utf8')) as {
    readonly entries: readonly { readonly when: number }[]
  }
  const [{ exists }] = await sql<[{ exists: boolean }]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as exists`
  const [found] = exists
    ? await sql<{ last: number | null }[]>`select max(created_at) as last from drizzle.__drizzle_migrations`
    : []
  if ((found?.last ?? 0) < journal.entries.at(-1)!.when) {
    throw new LaurelError(
      'STORE_OUTDATED',
      'PostgreSQL lacks tables or columns of Laurel: run `npx laurel migrate` first',
    )
  }
}

const LOST = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** Connection trouble, rolled back by the server, out of resources, no lock in time, shut down or cancelled. */
const TRANSIENT_STATES = /^(08|40|53|55P03|57)/
/** A replica that will be promoted, or a primary that was until a moment ago. */
const READ_ONLY = '25006'

interface ServerError {
  readonly code?: unknown
  readonly severity?: unknown
}

/** Whether the connection that a statement ran on is gone. */
export function isConnectionLost(error: unknown): boolean {
  const { code, severity } = (error ?? {}) as ServerError
  return LOST.has(String(code)) || severity === 'FATAL' || severity === 'PANIC'
}

/**
 * Whether the same statement may succeed later without anything being changed: a lost connection, a
 * fail-over, a deadlock, a lock or statement that took too long, a server that is full or read-only.
 */
export function isTransient(error: unknown): boolean {
  const { code } = (error ?? {}) as ServerError
  if (isConnectionLost(error)) return true
  return typeof code === 'string' && (TRANSIENT_STATES.test(code) || code === READ_ONLY)
}

/** A syntax error, or a table, column or right that is missing. */
const OF_STATEMENT = /^42/

/**
 * Whether PostgreSQL refuses the statement itself, whatever it carries: so it is with a process that is of another
 * version than the tables are.
 */
export function isOfStatement(error: unknown): boolean {
  const { code } = (error ?? {}) as ServerError
  return typeof code === 'string' && OF_STATEMENT.test(code)
}
