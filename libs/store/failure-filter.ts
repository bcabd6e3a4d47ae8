import { and, asc, count, desc, eq, gt, gte, inArray, lt, or, type SQL } from 'drizzle-orm'
import { column } from './column.ts'
import type { Database, Sql } from './database.ts'
import { type Failure, type FailureState, toFailure } from './failures.ts'
import { fromInstant } from './instant.ts'
import { brought } from './quotation.ts'
import { failures } from './schema.ts'

/** Which failures are meant; what is left out does not matter. */
export interface FailureFilter {
  readonly state?: FailureState | readonly FailureState[]
  readonly code?: string
  readonly fingerprint?: string
  readonly source?: string
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number
  /** The customer id as the message has it, or all the ways in which it may be written there. */
  readonly customer?: string | readonly string[]
  /** The identities of the messages or events that failed. */
  readonly messages?: readonly string[]
  /** The event that brought an id, also where it failed before anything was made of that id. */
  readonly event?: {
    /** What events with this id have for an identity. */
    readonly identities: readonly string[]
    /** As the producer wrote it. */
    readonly id: string
    /** The keys of a message's JSON under which it may stand. */
    readonly keys: readonly string[]
  }
  /** First seen from this instant on, Unix ms. */
  readonly since?: number
  /** First seen before this instant, Unix ms. */
  readonly until?: number
  readonly ids?: readonly number[]
  /** Numbers larger than this. */
  readonly after?: number
}

const CONDITIONS: {
  readonly [Field in keyof FailureFilter]-?: (value: NonNullable<FailureFilter[Field]>) => SQL
} = {
  state: (value) => inArray(failures.state, [value].flat()),
  code: (value) => eq(failures.code, value),
  fingerprint: (value) => eq(failures.fingerprint, value),
  source: (value) => eq(failures.source, value),
  topic: (value) => eq(failures.topic, value),
  partition: (value) => eq(failures.partition, value),
  offset: (value) => eq(failures.offset, value),
  customer: (value) => inArray(failures.customer, [value].flat()),
  messages: (value) => inArray(failures.message, [...value]),
  event: ({ identities, id, keys }) => or(inArray(failures.message, [...identities]), brought(id, keys))!,
  since: (value) => gte(failures.firstSeen, new Date(value)),
  until: (value) => lt(failures.firstSeen, new Date(value)),
  ids: (value) => inArray(failures.id, [...value]),
  after: (value) => gt(failures.id, value),
}

function matches(filter: FailureFilter): SQL | undefined {
  return and(
    ...Object.entries(filter).map(([field, value]) =>
      value === undefined
        ? undefined
        : (CONDITIONS[field as keyof FailureFilter] as (value: unknown) => SQL)(value),
    ),
  )
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

/** Failures in the order of their numbers, a portion at a time, each read only when it is asked for. */
export async function* eachFailure(
  { drizzle }: Database,
  filter: FailureFilter,
  portion: number,
): AsyncGenerator<readonly Failure[]> {
  for (let after = filter.after ?? 0; ; ) {
    const rows = await drizzle
      .select()
      .from(failures)
      .where(matches({ ...filter, after }))
      .orderBy(asc(failures.id))
      .limit(portion)
    if (rows.length === 0) return
    yield rows.map(toFailure)
    after = rows.at(-1)!.id
  }
}

/** Open failures that share a cause, and who looks after it. */
export interface Cause {
  readonly fingerprint: string
  readonly code: string
  readonly pointer: string
  readonly source: string
  readonly failures: number
  /** When the oldest of them was first seen, and the newest last, Unix ms. */
  readonly firstSeen: number
  readonly lastSeen: number
  readonly owner: string | null
  readonly note: string | null
}

/**
 * The causes of open failures, those with the most first. They are counted in an index alone, and rows are read of
 * those only that are listed.
 */
export async function listCauses(sql: Sql, limit: number): Promise<readonly Cause[]> {
  const rows = await sql<(Omit<Cause, 'firstSeen' | 'lastSeen'> & { first: string; last: string })[]>`
    select f.fingerprint, oldest.code, oldest.pointer, oldest.source, f.failures, oldest.first_seen as first,
      newest.last_seen as last, c.owner, c.note
    from (
      select fingerprint, count(*) as failures, min(id) as oldest, max(id) as newest
      from failures where state = 'open' group by fingerprint order by failures desc, fingerprint limit ${limit}
    ) f
    join failures oldest on oldest.id = f.oldest join failures newest on newest.id = f.newest
    left join causes c on c.fingerprint = f.fingerprint
    order by f.failures desc, f.fingerprint`
  return rows.map(({ first, last, ...row }) => ({
    ...row,
    firstSeen: fromInstant(first),
    lastSeen: fromInstant(last),
  }))
}

/**
 * Says who looks after a cause, and what is known of it; what is left out stays.
 *
 * @returns false where no failure has this cause
 */
export async function describeCause(
  sql: Sql,
  fingerprint: string,
  owner: string | null,
  note: string | null,
): Promise<boolean> {
  const rows = await sql`
    insert into causes (fingerprint, owner, note)
    select ${fingerprint}, ${owner}, ${note}
    where exists (select 1 from failures where fingerprint = ${fingerprint})
    on conflict (fingerprint) do update set
      owner = coalesce(excluded.owner, causes.owner), note = coalesce(excluded.note, causes.note)
    returning fingerprint`
  return rows.length > 0
}

/**
 * Gives open failures up, for a reason that is kept.
 *
 * @returns the numbers of those that were open
 */
export async function discardFailures(
  sql: Sql,
  ids: readonly number[],
  reason: string,
): Promise<ReadonlySet<number>> {
  const rows = await sql<{ id: number }[]>`
    update failures set state = 'discarded', discarded = ${reason}, last_seen = now()
    where id = any(${column(sql, 'bigint', ids)}) and state = 'open'
    returning id`
  return new Set(rows.map(({ id }) => id))
}
