import { and, count, desc, eq, inArray, type SQL } from 'drizzle-orm'
import type { FailureCode, Rejection, Stage } from '#domain/failure.ts'
import { column } from './column.ts'
import type { Database, Sql } from './database.ts'
import { failures } from './schema.ts'

/** One event that one stage could not process, as it is written. */
export interface NewFailure extends Rejection {
  readonly stage: Stage
  /** A UUID: the message's own identity at normalization, the event's at later stages. */
  readonly message: string
  /** Failures of one cause share it. */
  readonly fingerprint: string
  readonly batchId: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly source: string
  /** Whether the event may name no other source (it came with that source's token). */
  readonly bound: boolean
  /** What the event's identity is made from where it brings nothing else, as JSON. */
  readonly claim: string
  readonly customer: string | null
  /** The message as it came, as JSON. */
  readonly original: string
}

export interface Failure extends NewFailure {
  readonly id: number
  readonly state: 'open' | 'resolved'
  readonly fix: string | null
  readonly fixedBy: string | null
  readonly attempts: number
  /** Unix ms. */
  readonly firstSeen: number
  readonly lastSeen: number
  /** The identity of the event that it became; null while it is open. */
  readonly event: string | null
}

/**
 * Writes failures. What failed at the same stage before is left as it is, but is opened again where it had
 * been resolved and now fails anew in a later stage.
 *
 * @returns the ids of failures that are newly open, by message
 */
export async function insertFailures(
  sql: Sql,
  rows: readonly NewFailure[],
): Promise<ReadonlyMap<string, number>> {
  if (rows.length === 0) return new Map()
  const sorted = rows.toSorted((a, b) => (a.message < b.message ? -1 : 1))
  const inserted = await sql<{ id: number; message: string }[]>`
    insert into failures (stage, message, code, pointer, expected, got, fingerprint, batch_id, topic, partition,
      "offset", source, bound, claim, customer, original)
    select * from unnest(
      ${column(
        sql,
        'text',
        sorted.map((row) => row.stage),
      )},
      ${column(
        sql,
        'uuid',
        sorted.map((row) => row.message),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.code),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.pointer),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.expected),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.got),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.fingerprint),
      )},
      ${column(
        sql,
        'bigint',
        sorted.map((row) => row.batchId),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.topic),
      )},
      ${column(
        sql,
        'int',
        sorted.map((row) => row.partition),
      )},
      ${column(
        sql,
        'bigint',
        sorted.map((row) => row.offset),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.source),
      )},
      ${column(
        sql,
        'boolean',
        sorted.map((row) => row.bound),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.claim),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.customer),
      )},
      ${column(
        sql,
        'text',
        sorted.map((row) => row.original),
      )})
    on conflict (message, stage) do update set
      state = 'open', code = excluded.code, pointer = excluded.pointer, expected = excluded.expected,
      got = excluded.got, fingerprint = excluded.fingerprint, last_seen = now(), resolved_at = null,
      attempts = failures.attempts + 1, shown = false
      where failures.stage <> 'normalization' and failures.state = 'resolved'
    returning id, message`
  return new Map(inserted.map(({ id, message }) => [message, id]))
}

export interface SeenFailure {
  readonly id: number
  readonly message: string
  readonly offset: number
  readonly state: 'open' | 'resolved'
  readonly event: string | null
}

/** Open failures of normalization among these coordinates, of which some may count now. */
export async function openFailuresWithin(
  sql: Sql,
  topic: string,
  partition: number,
  first: number,
  last: number,
): Promise<readonly SeenFailure[]> {
  return sql<SeenFailure[]>`
    select id, message, "offset", state, event from failures
    where topic = ${topic} and partition = ${partition} and "offset" between ${first} and ${last}
      and stage = 'normalization' and state = 'open'`
}

/** What became of messages that failed at normalization before, by message. */
export async function failuresOfMessages(
  sql: Sql,
  messages: readonly string[],
): Promise<ReadonlyMap<string, SeenFailure>> {
  if (messages.length === 0) return new Map()
  const rows = await sql<SeenFailure[]>`
    select id, message, "offset", state, event from failures
    where message = any(${column(sql, 'uuid', messages)}) and stage = 'normalization'`
  return new Map(rows.map((row) => [row.message, row]))
}

/** Closes failures: their events count now. */
export async function resolveFailures(
  sql: Sql,
  resolved: readonly { id: number; event: string }[],
): Promise<void> {
  if (resolved.length === 0) return
  await sql`
    update failures set state = 'resolved', event = done.event, resolved_at = now(), last_seen = now()
    from unnest(${column(
      sql,
      'bigint',
      resolved.map(({ id }) => id),
    )}, ${column(
      sql,
      'uuid',
      resolved.map(({ event }) => event),
    )})
      as done (id, event)
    where failures.id = done.id`
}

/** Closes failures of a later stage by the event that failed there. */
export async function resolveEventFailures(
  sql: Sql,
  stage: Stage,
  identities: readonly string[],
): Promise<void> {
  if (identities.length === 0) return
  await sql`
    update failures set state = 'resolved', event = message, resolved_at = now(), last_seen = now()
    where stage = ${stage} and message = any(${column(sql, 'uuid', identities)}) and state = 'open'`
}

/** What a failed retry leaves: one more attempt, the new reason, and the event as it was edited. */
export async function recordAttempt(
  sql: Sql,
  id: number,
  rejection: Rejection,
  fingerprint: string,
  fix: string | null,
): Promise<void> {
  await sql`
    update failures set attempts = attempts + 1, last_seen = now(), code = ${rejection.code},
      pointer = ${rejection.pointer}, expected = ${rejection.expected}, got = ${rejection.got},
      fingerprint = ${fingerprint}, fix = coalesce(${fix}, fix)
    where id = ${id}`
}

/** Keeps what was put in the place of the original, and by whom. */
export async function recordFix(sql: Sql, id: number, fix: string, fixedBy: string): Promise<void> {
  await sql`update failures set fix = ${fix}, fixed_by = ${fixedBy} where id = ${id}`
}

type StoredFailure = typeof failures.$inferSelect

const toFailure = (row: StoredFailure): Failure => ({
  ...row,
  stage: row.stage as Stage,
  code: row.code as FailureCode,
  firstSeen: row.firstSeen.getTime(),
  lastSeen: row.lastSeen.getTime(),
})

export async function findFailure({ drizzle }: Database, id: number): Promise<Failure | undefined> {
  const [row] = await drizzle.select().from(failures).where(eq(failures.id, id))
  return row && toFailure(row)
}

/** Failures by number, in the order of their numbers. */
export async function findFailures(
  { drizzle }: Database,
  ids: readonly number[],
): Promise<readonly Failure[]> {
  if (ids.length === 0) return []
  const rows = await drizzle
    .select()
    .from(failures)
    .where(inArray(failures.id, [...ids]))
    .orderBy(failures.id)
  return rows.map(toFailure)
}

export interface FailureFilter {
  readonly state?: 'open' | 'resolved'
  readonly code?: string
  readonly source?: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  readonly customer?: string
  /** The identity of the message or event that failed. */
  readonly message?: string
}

/** The latest failures first. */
export async function listFailures(
  { drizzle }: Database,
  filter: FailureFilter,
  limit: number,
): Promise<readonly Failure[]> {
  const rows = await drizzle
    .select()
    .from(failures)
    .where(matches(filter))
    .orderBy(desc(failures.id))
    .limit(limit)
  return rows.map(toFailure)
}

export async function countFailures({ drizzle }: Database, filter: FailureFilter): Promise<number> {
  const [row] = await drizzle.select({ total: count() }).from(failures).where(matches(filter))
  return row?.total ?? 0
}

function matches(filter: FailureFilter): SQL | undefined {
  const conditions = Object.entries(filter).map(([column, value]) =>
    eq(failures[column as keyof FailureFilter], value),
  )
  return and(...conditions)
}

/** Open failures by code. In two halves, since each has an index of its own, which the resolved are not in. */
export async function openFailuresByCode(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{ code: string; total: number }[]>`
    select code, sum(total)::bigint as total from (
      select code, count(*) as total from failures where state = 'open' and shown group by code
      union all
      select code, count(*) as total from failures where state = 'open' and not shown group by code
    ) open
    group by code order by code`
  return Object.fromEntries(rows.map(({ code, total }) => [code, total]))
}

/** How many open failures share a cause. */
export async function countSameCause(sql: Sql, fingerprint: string): Promise<number> {
  const [row] = await sql<[{ total: number }]>`
    select count(*)::bigint as total from failures where fingerprint = ${fingerprint} and state = 'open'`
  return row.total
}

/**
 * The open failures that failed-events is still to show: of each cause the oldest, up to so many that stand
 * there at once, so that a million failures of one cause do not fill Redis.
 */
export async function unshownFailures(sql: Sql, perCause: number): Promise<readonly number[]> {
  const rows = await sql<{ id: number }[]>`
    select next.id
    from (select distinct fingerprint from failures where state = 'open' and not shown) cause
    cross join lateral (
      select id from failures f
      where f.fingerprint = cause.fingerprint and f.state = 'open' and not f.shown
      order by id
      limit greatest(0, ${perCause}::int - (
        select count(*) from failures s where s.fingerprint = cause.fingerprint and s.state = 'open' and s.shown
      ))
    ) next`
  return rows.map(({ id }) => id)
}

/** Remembers that failed-events has, or had, a job for these. */
export async function markShown(sql: Sql, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await sql`update failures set shown = true where id = any(${column(sql, 'bigint', ids)})`
}

/** Lets every open failure be shown again: for when Redis has forgotten the jobs. */
export async function forgetShown(sql: Sql): Promise<void> {
  await sql`update failures set shown = false where state = 'open' and shown`
}
