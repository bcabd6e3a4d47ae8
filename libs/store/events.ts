import type { Event, IdentityKind } from '#domain/event.ts'
import { NO_EVENT, type Position } from '#domain/position.ts'
import { column, END, FIELD } from './column.ts'
import type { Fragment, Sql } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

/** An event as it is stored. */
export interface EventRow extends Event {
  readonly subjectId: number
  readonly batchId: number
  /** Kafka's offset, or the place in the request. */
  readonly offset: number
  /** Unix ms: Kafka's record timestamp, or the time of arrival. */
  readonly arrivedAt: number
  /** A UUID over what makes a resend the same. */
  readonly fingerprint: string
  readonly identityKind: IdentityKind
  readonly flags: string | null
  /** The identity of the event that never happened by this one's word. */
  readonly reverses: string | null
}

/** The fingerprint of an event whose content was erased. */
export const ERASED = NO_EVENT

/** An event with the customer that it counts for. */
export interface CountedEvent extends Event {
  readonly customerId: number
}

export interface CustomerEvent extends CountedEvent {
  /** Unix ms: Kafka's record timestamp, or the time of arrival. */
  readonly arrivedAt: number
}

/**
 * Inserts events whose identity no accepted event has.
 *
 * @param rows each identity once
 * @returns the identities that were inserted
 */
export async function insertEvents(sql: Sql, rows: readonly EventRow[]): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set()
  // In one order everywhere: two transactions that insert the same identities wait, and cannot deadlock.
  const sorted = rows.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))
  const inserted = await sql<{ identity: string }[]>`
    insert into events (identity, subject_id, batch_id, at, value, "offset", arrived_at, fingerprint, source,
      type, identity_kind, flags, reverses, payload)
    select * from unnest(
      ${column(sql, 'uuid', sorted, (row) => row.identity)},
      ${column(sql, 'bigint', sorted, (row) => row.subjectId)},
      ${column(sql, 'bigint', sorted, (row) => row.batchId)},
      ${column(sql, 'timestamptz', sorted, (row) => toInstant(row.at))},
      ${column(sql, 'bigint', sorted, (row) => row.value)},
      ${column(sql, 'bigint', sorted, (row) => row.offset)},
      ${column(sql, 'timestamptz', sorted, (row) => toInstant(row.arrivedAt))},
      ${column(sql, 'uuid', sorted, (row) => row.fingerprint)},
      ${column(sql, 'text', sorted, (row) => row.source)},
      ${column(sql, 'text', sorted, (row) => row.type)},
      ${column(sql, 'text', sorted, (row) => row.identityKind)},
      ${column(sql, 'text', sorted, (row) => row.flags)},
      ${column(sql, 'uuid', sorted, (row) => row.reverses)},
      ${column(sql, 'text', sorted, (row) => row.payload)})
    on conflict (identity) do nothing
    returning identity`
  return new Set(inserted.map(({ identity }) => identity))
}

/** The fingerprints of accepted events, by identity. */
export async function eventFingerprints(
  sql: Sql,
  identities: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (identities.length === 0) return new Map()
  const rows = await sql<{ identity: string; fingerprint: string }[]>`
    select identity, fingerprint from events where identity = any(${column(sql, 'uuid', identities)})`
  return new Map(rows.map(({ identity, fingerprint }) => [identity, fingerprint]))
}

interface StoredEvent {
  readonly identity: string
  readonly customerId: number
  readonly at: string
  readonly arrivedAt: string
  readonly type: string
  readonly source: string
  readonly value: number | null
  readonly payload: string
  readonly isBarred: boolean
}

const toEvent = ({ at, arrivedAt, isBarred, ...row }: StoredEvent): CustomerEvent => ({
  ...row,
  ...(isBarred && { isBarred }),
  at: fromInstant(at),
  arrivedAt: fromInstant(arrivedAt),
})

const columns = (sql: Sql) => sql`
  e.identity, s.customer_id as "customerId", e.at, e.arrived_at as "arrivedAt", e.type, e.source, e.value, e.payload,
  ${barred(sql)} as "isBarred"`

/** Stands among an event's flags where the worker that folded it did not come back. */
const BARRED = 'BARRED'

const barred = (sql: Sql) => sql`coalesce(e.flags ~ ${BARRED}, false)`

/** Whether an event never happened: by the word of any that is stored, whether or not a stage has seen it. */
const reversed = (sql: Sql) => sql`exists (select 1 from events r where r.reverses = e.identity)`

/** No reversal, which counts for nothing itself, and not reversed. */
const counts = (sql: Sql) => sql`e.reverses is null and not ${reversed(sql)}`

/** Batches' events, apart from those that say of others that they never happened. */
export interface BatchEvents {
  /** They count unless they are reversed. */
  readonly events: readonly CustomerEvent[]
  /** The identities that their reversals name. */
  readonly undone: readonly string[]
  /** When each event arrived, Unix ms. */
  readonly arrivals: readonly number[]
}

/** @param payloads as for `eventsSince` */
export async function eventsOfBatches(
  sql: Sql,
  batches: readonly number[],
  payloads: ReadonlySet<string>,
): Promise<BatchEvents> {
  const [row] = await sql<[{ events: string | null }]>`
    select string_agg(concat_ws(${FIELD}, s.customer_id, ${millis(sql, sql`e.arrived_at`)},
      coalesce(e.reverses::text, ''), ${packed(sql, payloads)}), ${END}) as events
    from events e join subjects s on s.id = e.subject_id
    where e.batch_id = any(${column(sql, 'bigint', batches)})`
  const events: CustomerEvent[] = []
  const undone: string[] = []
  const arrivals: number[] = []
  for (const text of row.events?.split(END) ?? []) {
    const fields = text.split(FIELD)
    const [customer, arrival, reverses] = fields
    const arrivedAt = Number(arrival)
    arrivals.push(arrivedAt)
    if (reverses !== '') undone.push(reverses!)
    else events.push({ customerId: Number(customer), arrivedAt, ...unpacked(fields, 3) })
  }
  return { events, undone, arrivals }
}

const millis = (sql: Sql, time: Fragment) => sql`(date_part('epoch', ${time}) * 1000)::bigint`

/**
 * An event as one text, which costs half of what a row does. The types are a query of their own, so that they are read
 * once and not for each event.
 */
const packed = (sql: Sql, payloads: ReadonlySet<string>) => sql`
  concat_ws(${FIELD}, e.identity, ${millis(sql, sql`e.at`)}, e.type, e.source, coalesce(e.value::text, ''),
    case when e.type = any(array(select unnest(${column(sql, 'text', [...payloads])}))) or starts_with(e.type, 'laurel.')
      then e.payload else '{}' end,
    case when ${barred(sql)} then '1' else '' end)`

/** @param first where the event begins among the fields */
function unpacked(fields: readonly string[], first = 0): Event {
  const value = fields[first + 4]!
  const event = {
    identity: fields[first]!,
    at: Number(fields[first + 1]),
    type: fields[first + 2]!,
    source: fields[first + 3]!,
    value: value === '' ? null : Number(value),
    payload: fields[first + 5]!,
  }
  return fields[first + 6] === '' ? event : { isBarred: true, ...event }
}

/**
 * Those of events that no stored reversal names. To be asked under the lock on their customers' states: a reversal may
 * have come, and its stage be done, while that lock was waited for.
 */
export async function notReversed(
  sql: Sql,
  events: ReadonlyMap<number, readonly CustomerEvent[]>,
): Promise<ReadonlyMap<number, readonly CustomerEvent[]>> {
  const all = [...events.values()].flat()
  if (all.length === 0) return events
  const rows = await sql<{ reverses: string }[]>`
    select reverses from events where reverses = any(${column(sql, 'uuid', all, ({ identity }) => identity)})`
  if (rows.length === 0) return events
  const gone = new Set(rows.map(({ reverses }) => reverses))
  return byCustomer(all.filter(({ identity }) => !gone.has(identity)))
}

/** Where an event of a customer lies. */
export interface CustomerPosition extends Position {
  readonly customerId: number
}

/** Where these events lie, of those that are stored. */
export async function positionsOf(
  sql: Sql,
  identities: readonly string[],
): Promise<readonly CustomerPosition[]> {
  if (identities.length === 0) return []
  const rows = await sql<{ customerId: number; at: string; identity: string }[]>`
    select s.customer_id as "customerId", e.at, e.identity
    from events e join subjects s on s.id = e.subject_id
    where e.identity = any(${column(sql, 'uuid', identities)})`
  return rows.map((row) => ({ ...row, at: fromInstant(row.at) }))
}

/** Rows by the customer that they belong to. */
export function byCustomer<Row extends { readonly customerId: number }>(
  rows: Iterable<Row>,
): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.customerId)
    if (group) group.push(row)
    else groups.set(row.customerId, [row])
  }
  return groups
}

/** A customer, and the position after which its events are wanted; null for all of them. */
export interface Since {
  readonly customerId: number
  readonly position: Position | null
}

/** Customers with a position each, as rows of a statement. */
export function sinceRows(sql: Sql, since: readonly Since[]): Fragment {
  return sql`unnest(
    ${column(sql, 'bigint', since, ({ customerId }) => customerId)},
    ${column(sql, 'timestamptz', since, ({ position }) => (position ? toInstant(position.at) : '-infinity'))},
    ${column(sql, 'uuid', since, ({ position }) => position?.identity ?? NO_EVENT)})
    as since (customer_id, at, identity)`
}

/**
 * All that customers' states rest on after a position: the events that count, of batches that a stage has
 * marked, and of those that it has in hand. To be read under the lock on the customers' states. Whole
 * histories come as one text a customer.
 *
 * @param payloads the types of which what the events said is needed; else it is an empty object
 */
export async function eventsSince(
  sql: Sql,
  stage: 'scoring' | 'gamification',
  since: readonly Since[],
  inHand: readonly number[],
  payloads: ReadonlySet<string>,
): Promise<readonly CountedEvent[]> {
  const mark = stage === 'scoring' ? sql`b.scored_at` : sql`b.gamified_at`
  // The few batches that are on their way are looked for once, not the batch of each event. Step by step from the
  // customer, which `offset 0` holds the planner to: a join may be planned as a walk over the whole table.
  const rows = await sql<{ customerId: number; events: string }[]>`
    select since.customer_id as "customerId", string_agg(${packed(sql, payloads)}, ${END}) as events
    from ${sinceRows(sql, since)}
    cross join lateral (select id from subjects where customer_id = since.customer_id offset 0) s
    cross join lateral (
      select e.* from events e
      where e.subject_id = s.id and (e.at, e.identity) > (since.at, since.identity) and ${counts(sql)}
        and e.batch_id not in (
          select b.id from batches b
          where (b.scored_at is null or b.gamified_at is null or b.ranked_at is null) and ${mark} is null
            and b.id <> all(${column(sql, 'bigint', inHand)}))
      offset 0
    ) e
    group by 1`
  return rows.flatMap(({ customerId, events }) =>
    events.split(END).map((text): CountedEvent => ({ customerId, ...unpacked(text.split(FIELD)) })),
  )
}

/** All events of customers that count, whatever stage they are at. */
export async function eventsOfCustomers(
  sql: Sql,
  customers: readonly number[],
): Promise<readonly CustomerEvent[]> {
  const rows = await sql<StoredEvent[]>`
    select ${columns(sql)} from events e join subjects s on s.id = e.subject_id
    where s.customer_id = any(${column(sql, 'bigint', customers)}) and ${counts(sql)}`
  return rows.map(toEvent)
}

/** Keeps events from the rules. */
export async function barEvents(sql: Sql, identities: readonly string[]): Promise<void> {
  if (identities.length === 0) return
  await sql`
    update events e set flags = concat_ws(' ', e.flags, ${BARRED}::text)
    where e.identity = any(${column(sql, 'uuid', identities)}) and not ${barred(sql)}`
}

/** Lets the rules see events again. */
export async function unbarEvents(sql: Sql, identities: readonly string[]): Promise<void> {
  await sql`
    update events e set flags = nullif(trim(replace(e.flags, ${BARRED}, '')), '')
    where e.identity = any(${column(sql, 'uuid', identities)}) and ${barred(sql)}`
}

/** A customer's events that count after a position and up to an instant (Unix ms), whatever stage they are at. */
export async function eventsUntil(sql: Sql, since: Since, until: number): Promise<CustomerEvent[]> {
  const rows = await sql<StoredEvent[]>`
    select ${columns(sql)}
    from ${sinceRows(sql, [since])}
    join subjects s on s.customer_id = since.customer_id
    join events e on e.subject_id = s.id and (e.at, e.identity) > (since.at, since.identity)
    where e.at <= ${toInstant(until)} and ${counts(sql)}`
  return rows.map(toEvent)
}

/** The events of subjects that count after a position and before an instant (Unix ms). */
export async function eventsOfSubjects(
  sql: Sql,
  subjects: readonly number[],
  position: Position | null,
  before: number,
): Promise<readonly CustomerEvent[]> {
  const after = position ? toInstant(position.at) : '-infinity'
  const rows = await sql<StoredEvent[]>`
    select ${columns(sql)} from events e join subjects s on s.id = e.subject_id
    where e.subject_id = any(${column(sql, 'bigint', subjects)}) and e.at < ${toInstant(before)}
      and (e.at, e.identity) > (${after}::timestamptz, ${position?.identity ?? NO_EVENT}::uuid) and ${counts(sql)}`
  return rows.map(toEvent)
}

/**
 * Deletes subjects' events before an instant (Unix ms), and what is known of their other deliveries. Reversals
 * stay: what they name may be still to come.
 */
export async function deleteEventsBefore(
  sql: Sql,
  subjects: readonly number[],
  instant: number,
): Promise<void> {
  await sql`
    with gone as (
      delete from events
      where subject_id = any(${column(sql, 'bigint', subjects)}) and at < ${toInstant(instant)} and reverses is null
      returning identity
    )
    delete from duplicates d using gone where d.identity = gone.identity`
}

/** Takes the content out of a customer's events; that they came, and when, stays. */
export async function eraseEvents(sql: Sql, customer: number): Promise<void> {
  await sql`
    update events e set payload = '{}', value = null, fingerprint = ${ERASED}, flags = null
    from subjects s where s.customer_id = ${customer} and e.subject_id = s.id`
}

/** Where an event came from, and what it said. */
export interface EventOrigin extends Position {
  readonly type: string
  readonly customerId: number
  readonly batchId: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly source: string
  /** Unix ms. */
  readonly arrivedAt: number
  /** The normalised customer id. */
  readonly customer: string
  /** Ten-thousandths. */
  readonly value: number | null
  readonly payload: string
}

export async function eventOrigins(
  sql: Sql,
  identities: readonly string[],
): Promise<ReadonlyMap<string, EventOrigin>> {
  if (identities.length === 0) return new Map()
  const rows = await sql<(Omit<EventOrigin, 'at' | 'arrivedAt'> & { at: string; arrivedAt: string })[]>`
    select e.identity, s.customer_id as "customerId", e.at, e.type, e.batch_id as "batchId", b.topic, b.partition, e."offset", e.source,
      e.arrived_at as "arrivedAt", s.value as customer, e.value, e.payload
    from events e join subjects s on s.id = e.subject_id left join batches b on b.id = e.batch_id
    where e.identity = any(${column(sql, 'uuid', identities)})`
  return new Map(
    rows.map((row) => [
      row.identity,
      { ...row, at: fromInstant(row.at), arrivedAt: fromInstant(row.arrivedAt) },
    ]),
  )
}
