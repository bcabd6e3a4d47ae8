import type { Event, IdentityKind } from '#domain/event.ts'
import { column } from './column.ts'
import { fromInstant, type Sql, toInstant } from './database.ts'

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
}

/** An event with the customer that it counts for. */
export interface CustomerEvent extends Event {
  readonly customerId: number
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
      type, identity_kind, flags, payload)
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
}

const toEvent = ({ at, arrivedAt, ...row }: StoredEvent): CustomerEvent => ({
  ...row,
  at: fromInstant(at),
  arrivedAt: fromInstant(arrivedAt),
})

const columns = (sql: Sql) => sql`
  e.identity, e.subject_id as "customerId", e.at, e.arrived_at as "arrivedAt", e.type, e.source, e.value, e.payload`

/** The events of a batch. */
export async function eventsOfBatch(sql: Sql, batch: number): Promise<readonly CustomerEvent[]> {
  const rows = await sql<StoredEvent[]>`
    select ${columns(sql)} from events e where batch_id = ${batch}`
  return rows.map(toEvent)
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

/**
 * All that customers' games rest on: the events of batches that gamification has marked, and of the one that
 * it has in hand. To be read under the lock on the customers' games.
 */
export async function gamifiedEvents(
  sql: Sql,
  customers: readonly number[],
  inHand: number,
): Promise<readonly CustomerEvent[]> {
  const rows = await sql<StoredEvent[]>`
    select ${columns(sql)}
    from events e join batches b on b.id = e.batch_id
    where e.subject_id = any(${column(sql, 'bigint', customers)}) and (b.gamified_at is not null or b.id = ${inHand})`
  return rows.map(toEvent)
}

/** A customer's events up to an instant (Unix ms). */
export async function eventsUntil(sql: Sql, customer: number, until: number): Promise<CustomerEvent[]> {
  const rows = await sql<StoredEvent[]>`
    select ${columns(sql)} from events e
    where subject_id = ${customer} and at <= ${toInstant(until)}`
  return rows.map(toEvent)
}

/** Where an event came from, and what it said. */
export interface EventOrigin {
  readonly identity: string
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
  readonly payload: string
}

export async function eventOrigins(
  sql: Sql,
  identities: readonly string[],
): Promise<ReadonlyMap<string, EventOrigin>> {
  if (identities.length === 0) return new Map()
  const rows = await sql<(Omit<EventOrigin, 'arrivedAt'> & { arrivedAt: string })[]>`
    select e.identity, e.subject_id as "customerId", e.batch_id as "batchId", b.topic, b.partition, e."offset", e.source,
      e.arrived_at as "arrivedAt", s.value as customer, e.payload
    from events e join subjects s on s.id = e.subject_id left join batches b on b.id = e.batch_id
    where e.identity = any(${column(sql, 'uuid', identities)})`
  return new Map(rows.map((row) => [row.identity, { ...row, arrivedAt: fromInstant(row.arrivedAt) }]))
}
