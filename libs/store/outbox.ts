import type { RefusedMessage } from '#domain/reject.ts'
import { column } from './column.ts'
import type { Database, Sql } from './database.ts'
import { fromInstant } from './instant.ts'
import { inTransaction } from './transaction.ts'

/** Any number, the same in every process: only one of them empties the outbox at a time. */
const OUTBOX_LOCK = 712_002

/** A row of the outbox with the failure that it is about. */
export interface Waiting extends RefusedMessage {
  readonly row: number
  /** How often Kafka did not take it. */
  readonly attempts: number
}

/** Has producers told of failures that were just opened. To be called in the transaction that opened them. */
export async function announceFailures(sql: Sql, failures: readonly number[]): Promise<void> {
  if (failures.length === 0) return
  await sql`
    insert into outbox (failure_id, opening)
    select id, openings from failures where id = any(${column(sql, 'bigint', failures)}) order by "offset"`
}

/** Takes back what waits of these failures: their messages are nobody's to read any more. */
export async function withdrawFailures(sql: Sql, failures: readonly number[]): Promise<void> {
  if (failures.length === 0) return
  await sql`delete from outbox where failure_id = any(${column(sql, 'bigint', failures)})`
}

export interface Portion {
  readonly rows: number
  /** Of their messages together; a larger one is a portion alone. */
  readonly bytes: number
}

type StoredRow = Omit<Waiting, 'message'> & { readonly original: string }

/**
 * Hands the first rows of the outbox over, and deletes them once `deliver` has resolved. Where it rejects, or this
 * process dies, they stay: what is delivered may be delivered again, but is never lost.
 *
 * @returns how many there were; undefined where another process is at it
 */
export function drainOutbox(
  database: Database,
  { rows, bytes }: Portion,
  deliver: (waiting: readonly Waiting[]) => Promise<void>,
): Promise<number | undefined> {
  return inTransaction(database, async (sql) => {
    const [lock] = await sql<[{ isOurs: boolean }]>`
      select pg_try_advisory_xact_lock(${OUTBOX_LOCK}) as "isOurs"`
    if (!lock.isOurs) return undefined
    // The sizes first, which are known without reading the messages themselves.
    const stored = await sql<StoredRow[]>`
      with first as (select id, failure_id, opening, attempts from outbox order by id limit ${rows}),
      sized as (
        select first.*, row_number() over (order by first.id) as place,
          sum(octet_length(f.original)) over (order by first.id) as bytes
        from first join failures f on f.id = first.failure_id
      )
      select s.id as row, s.opening, s.attempts, f.id as failure, f.state, f.code, f.pointer, f.expected, f.got,
        f.topic, f.partition, f.original
      from sized s join failures f on f.id = s.failure_id
      where s.place = 1 or s.bytes <= ${bytes}
      order by s.id`
    if (stored.length === 0) return 0
    await deliver(stored.map(({ original, ...row }) => ({ ...row, message: JSON.parse(original) })))
    await sql`
      delete from outbox where id = any(${column(
        sql,
        'bigint',
        stored.map(({ row }) => row),
      )})`
    return stored.length
  })
}

/** Notes that Kafka did not take rows. */
export async function countAttempt(sql: Sql, rows: readonly number[]): Promise<void> {
  await sql`update outbox set attempts = attempts + 1 where id = any(${column(sql, 'bigint', rows)})`
}

export interface OutboxState {
  readonly waiting: number
  /** Since when the oldest row waits, Unix ms; null where none does. */
  readonly oldest: number | null
}

export async function outboxState(sql: Sql): Promise<OutboxState> {
  const [row] = await sql<[{ waiting: number; oldest: string | null }]>`
    select (select count(*) from outbox) as waiting, (select created_at from outbox order by id limit 1) as oldest`
  return { waiting: row.waiting, oldest: row.oldest === null ? null : fromInstant(row.oldest) }
}

/** Whether anything waits. */
export async function isOutboxWaiting(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ any: boolean }]>`select exists (select 1 from outbox) as any`
  return row.any
}
