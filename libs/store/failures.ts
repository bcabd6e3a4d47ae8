import { eq, inArray } from 'drizzle-orm'
import type { FailureCode, Rejection, Stage } from '#domain/failure.ts'
import { column } from './column.ts'
import type { Database, Sql } from './database.ts'
import { withdrawFailures } from './outbox.ts'
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
  /** The version of the program that was applied; null at normalization, which reads none. */
  readonly program: number | null
}

/** One that was discarded was given up: it is kept, but asks for nothing any more. */
export type FailureState = 'open' | 'resolved' | 'discarded'

export interface Failure extends NewFailure {
  readonly id: number
  readonly state: FailureState
  readonly fix: string | null
  readonly fixedBy: string | null
  readonly attempts: number
  /** How often it was opened: it has another job each time. */
  readonly openings: number
  /** Unix ms. */
  readonly firstSeen: number
  readonly lastSeen: number
  /** The id of its job in failed-events; null before there is one, `removed` where somebody took it away. */
  readonly job: string | null
  /** The identity of the event that it became; null while it is open. */
  readonly event: string | null
  /** Why it was given up; null where it was not. */
  readonly discarded: string | null
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
      "offset", source, bound, claim, customer, original, program)
    select * from unnest(
      ${column(sql, 'text', sorted, (row) => row.stage)},
      ${column(sql, 'uuid', sorted, (row) => row.message)},
      ${column(sql, 'text', sorted, (row) => row.code)},
      ${column(sql, 'text', sorted, (row) => row.pointer)},
      ${column(sql, 'text', sorted, (row) => row.expected)},
      ${column(sql, 'text', sorted, (row) => row.got)},
      ${column(sql, 'text', sorted, (row) => row.fingerprint)},
      ${column(sql, 'bigint', sorted, (row) => row.batchId)},
      ${column(sql, 'text', sorted, (row) => row.topic)},
      ${column(sql, 'int', sorted, (row) => row.partition)},
      ${column(sql, 'bigint', sorted, (row) => row.offset)},
      ${column(sql, 'text', sorted, (row) => row.source)},
      ${column(sql, 'boolean', sorted, (row) => row.bound)},
      ${column(sql, 'text', sorted, (row) => row.claim)},
      ${column(sql, 'text', sorted, (row) => row.customer)},
      ${column(sql, 'text', sorted, (row) => row.original)},
      ${column(sql, 'int', sorted, (row) => row.program)})
    on conflict (message, stage) do update set
      code = excluded.code, pointer = excluded.pointer, expected = excluded.expected, got = excluded.got,
      fingerprint = excluded.fingerprint, last_seen = now(), state = 'open', resolved_at = null,
      program = excluded.program,
      job = case when failures.state = 'open' then failures.job end,
      openings = failures.openings + (failures.state = 'resolved')::int
      where failures.stage <> 'normalization'
        and (failures.state = 'resolved' or failures.state = 'open'
          and (failures.got <> excluded.got or failures.program is distinct from excluded.program))
    returning id, message`
  if (inserted.length > 0) await noticeCauses(sql, new Set(sorted.map(({ fingerprint }) => fingerprint)))
  return new Map(inserted.map(({ id, message }) => [message, id]))
}

/** Remembers when a cause was first seen: a new kind of failure is worth a look before it is a heap. */
async function noticeCauses(sql: Sql, fingerprints: ReadonlySet<string>): Promise<void> {
  // In one order everywhere, so that two transactions that see the same new causes wait, and cannot deadlock.
  await sql`
    insert into causes (fingerprint) select * from unnest(${column(sql, 'text', [...fingerprints].toSorted())})
    on conflict do nothing`
}

/** How many causes were first seen in the last so many seconds. */
export async function countNewCauses(sql: Sql, seconds: number): Promise<number> {
  const [row] = await sql<[{ total: number }]>`
    select count(*) as total from causes where first_seen > now() - make_interval(secs => ${seconds})`
  return row.total
}

export interface SeenFailure {
  readonly id: number
  readonly message: string
  readonly offset: number
  readonly state: FailureState
  readonly event: string | null
}

/** What failed at normalization among these coordinates before. */
export async function failuresWithin(
  sql: Sql,
  topic: string,
  partition: number,
  first: number,
  last: number,
): Promise<ReadonlyMap<string, SeenFailure>> {
  const rows = await sql<SeenFailure[]>`
    select id, message, "offset", state, event from failures
    where topic = ${topic} and partition = ${partition} and "offset" between ${first} and ${last}
      and stage = 'normalization'`
  return new Map(rows.map((row) => [row.message, row]))
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
    from unnest(${column(sql, 'bigint', resolved, ({ id }) => id)}, ${column(sql, 'uuid', resolved, ({ event }) => event)})
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
  // Nearly always there is none at all; a history has many events to ask for.
  const [open] = await sql<[{ any: boolean }]>`
    select exists (select 1 from failures where stage <> 'normalization' and state = 'open') as any`
  if (!open.any) return
  await sql`
    update failures set state = 'resolved', event = message, resolved_at = now(), last_seen = now()
    where stage = ${stage} and message = any(${column(sql, 'uuid', identities)}) and state = 'open'`
}

/** What a failed retry leaves: one more attempt, the new reason, and the event as it was edited. */
export interface Attempt {
  readonly id: number
  readonly rejection: Rejection
  readonly fingerprint: string
  /** Null where nobody edited it. */
  readonly fix: string | null
}

export async function recordAttempts(sql: Sql, attempts: readonly Attempt[]): Promise<void> {
  if (attempts.length === 0) return
  // In one order everywhere, so that two repairs of the same failures wait, and cannot deadlock.
  const sorted = attempts.toSorted((a, b) => a.id - b.id)
  await sql`
    update failures set attempts = attempts + 1, last_seen = now(), code = tried.code, pointer = tried.pointer,
      expected = tried.expected, got = tried.got, fingerprint = tried.fingerprint,
      fix = coalesce(tried.fix, failures.fix)
    from unnest(
      ${column(sql, 'bigint', sorted, ({ id }) => id)},
      ${column(sql, 'text', sorted, ({ rejection }) => rejection.code)},
      ${column(sql, 'text', sorted, ({ rejection }) => rejection.pointer)},
      ${column(sql, 'text', sorted, ({ rejection }) => rejection.expected)},
      ${column(sql, 'text', sorted, ({ rejection }) => rejection.got)},
      ${column(sql, 'text', sorted, ({ fingerprint }) => fingerprint)},
      ${column(sql, 'text', sorted, ({ fix }) => fix)})
      as tried (id, code, pointer, expected, got, fingerprint, fix)
    where failures.id = tried.id`
}

/** Keeps what was put in the place of the original, and by whom. */
export async function recordFix(sql: Sql, id: number, fix: string, fixedBy: string): Promise<void> {
  await sql`update failures set fix = ${fix}, fixed_by = ${fixedBy} where id = ${id}`
}

type StoredFailure = typeof failures.$inferSelect

export const toFailure = (row: StoredFailure): Failure => ({
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

/** Open failures by code. */
export async function openFailuresByCode(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{ code: string; total: number }[]>`
    select code, count(*) as total from failures where state = 'open' group by code order by code`
  return Object.fromEntries(rows.map(({ code, total }) => [code, total]))
}

/** How many open failures share a cause. */
export async function countSameCause(sql: Sql, fingerprint: string): Promise<number> {
  const [row] = await sql<[{ total: number }]>`
    select count(*) as total from failures where fingerprint = ${fingerprint} and state = 'open'`
  return row.total
}

/**
 * The open failures that failed-events is still to show: of each cause the oldest, up to so many that stand
 * there at once, so that a million failures of one cause do not fill Redis. Causes are found one after the
 * other by the index, without reading all that wait.
 */
export async function unshownFailures(sql: Sql, perCause: number, limit: number): Promise<readonly number[]> {
  const rows = await sql<{ id: number }[]>`
    with recursive cause as (
      (select fingerprint from failures where state = 'open' and job is null order by fingerprint limit 1)
      union all
      select (
        select f.fingerprint from failures f
        where f.state = 'open' and f.job is null and f.fingerprint > cause.fingerprint
        order by f.fingerprint limit 1
      ) from cause where cause.fingerprint is not null
    )
    select next.id from cause
    cross join lateral (
      select id from failures f
      where f.fingerprint = cause.fingerprint and f.state = 'open' and f.job is null
      order by id
      limit greatest(0, ${perCause}::int - (
        select count(*) from failures s
        where s.fingerprint = cause.fingerprint and s.state = 'open' and s.job <> 'removed'
      ))
    ) next
    where cause.fingerprint is not null limit ${limit}`
  return rows.map(({ id }) => id)
}

/** Remembers the jobs that failed-events has for failures. */
export async function markShown(sql: Sql, shown: readonly { id: number; job: string }[]): Promise<void> {
  if (shown.length === 0) return
  await sql`
    update failures set job = shown.job
    from unnest(${column(sql, 'bigint', shown, ({ id }) => id)}, ${column(sql, 'text', shown, ({ job }) => job)})
      as shown (id, job)
    where failures.id = shown.id`
}

/** The jobs of open failures whose cause has more than can be shown at once. */
export async function crowdedJobs(
  sql: Sql,
  perCause: number,
): Promise<readonly { id: number; job: string }[]> {
  return sql<{ id: number; job: string }[]>`
    with crowded as (
      select fingerprint from failures where state = 'open' and job <> 'removed'
      group by fingerprint having count(*) >= ${perCause}
    )
    select f.id, f.job from failures f join crowded using (fingerprint)
    where f.state = 'open' and f.job <> 'removed'`
}

/** Lets open failures be shown again: for when Redis has forgotten the jobs. Removed ones stay away. */
export async function forgetShown(sql: Sql, ids?: readonly number[]): Promise<void> {
  const which = ids ? sql`and id = any(${column(sql, 'bigint', ids)})` : sql``
  await sql`update failures set job = null where state = 'open' and job <> 'removed' ${which}`
}

/** Every failure that names a customer, in portions. */
export async function* failedCustomers(
  sql: Sql,
): AsyncGenerator<readonly { readonly id: number; readonly customer: string }[]> {
  for (let after = 0; ; ) {
    const rows = await sql<{ id: number; customer: string }[]>`
      select id, customer from failures where customer is not null and id > ${after} order by id limit 5000`
    if (rows.length === 0) return
    yield rows
    after = rows.at(-1)!.id
  }
}

/** Takes out of failures who they are of and what came; that they were there stays. */
export async function eraseFailures(sql: Sql, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await withdrawFailures(sql, ids)
  await sql`
    update failures set original = '{"offset":"0","timestamp":0,"value":null}', fix = null, customer = null,
      got = 'erased', state = 'resolved', resolved_at = now(), job = null
    where id = any(${column(sql, 'bigint', ids)})`
}
