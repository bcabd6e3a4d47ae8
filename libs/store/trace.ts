import type { IdentityKind } from '#domain/event.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'
import { fromInstant } from './instant.ts'

/** Where a message stood. */
export interface Coordinates {
  /** The Kafka topic, or `webhook`. */
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** An accepted event, where it came from, and when each stage was done with it (Unix ms). */
export interface TracedEvent extends Coordinates {
  readonly identity: string
  readonly identityKind: IdentityKind
  readonly customerId: number
  /** The normalised customer id. */
  readonly customer: string
  readonly at: number
  readonly arrivedAt: number
  readonly type: string
  readonly source: string
  /** Ten-thousandths; null where the event carries none. */
  readonly value: number | null
  readonly recorded: number
  readonly scored: number | null
  readonly gamified: number | null
  readonly ranked: number | null
}

type Times = 'at' | 'arrivedAt' | 'recorded' | 'scored' | 'gamified' | 'ranked'
type StoredTrace = Omit<TracedEvent, Times> & {
  readonly at: string
  readonly arrivedAt: string
  readonly recorded: string
  readonly scored: string | null
  readonly gamified: string | null
  readonly ranked: string | null
}

const ifKnown = (time: string | null) => (time === null ? null : fromInstant(time))

const toTrace = (row: StoredTrace): TracedEvent => ({
  ...row,
  at: fromInstant(row.at),
  arrivedAt: fromInstant(row.arrivedAt),
  recorded: fromInstant(row.recorded),
  scored: ifKnown(row.scored),
  gamified: ifKnown(row.gamified),
  ranked: ifKnown(row.ranked),
})

const traces = (sql: Sql) => sql`
  select e.identity, e.identity_kind as "identityKind", s.customer_id as "customerId", s.value as customer, e.at,
    e.arrived_at as "arrivedAt", e.type, e.source, e.value, b.topic, b.partition, e."offset",
    b.recorded_at as recorded, b.scored_at as scored, b.gamified_at as gamified, b.ranked_at as ranked
  from events e join batches b on b.id = e.batch_id join subjects s on s.id = e.subject_id`

/** The accepted events among these identities. */
export async function tracesOf(sql: Sql, identities: readonly string[]): Promise<TracedEvent[]> {
  if (identities.length === 0) return []
  const rows = await sql<StoredTrace[]>`
    ${traces(sql)} where e.identity = any(${column(sql, 'uuid', identities)})`
  return rows.map(toTrace)
}

/**
 * The batches that a message travelled in: more than one where it was read again. Ranges may have holes and
 * overlap, but the message's own are among the nearest that begin at or before it.
 */
const batchesAt = (sql: Sql, { topic, partition, offset }: Coordinates) => sql`
  select id from (
    select id, last_offset from batches
    where topic = ${topic} and partition = ${partition} and first_offset <= ${offset}
    order by first_offset desc limit 50
  ) near where last_offset >= ${offset}`

/** The event that was accepted from a message; the latest where a topic was made anew. */
export async function traceAt(sql: Sql, coordinates: Coordinates): Promise<TracedEvent | undefined> {
  const rows = await sql<StoredTrace[]>`
    ${traces(sql)}
    where e.batch_id in (${batchesAt(sql, coordinates)}) and e."offset" = ${coordinates.offset}
    order by e.batch_id desc limit 1`
  return rows.map(toTrace)[0]
}

/** The identity of the event that a message brought once more; undefined where it brought none. */
export async function duplicateAt(sql: Sql, coordinates: Coordinates): Promise<string | undefined> {
  const [row] = await sql<{ identity: string }[]>`
    select identity from duplicates
    where batch_id in (${batchesAt(sql, coordinates)}) and "offset" = ${coordinates.offset}
    order by batch_id desc limit 1`
  return row?.identity
}

export interface OtherDelivery extends Coordinates {
  /** Unix ms. */
  readonly recorded: number
}

/** The messages that brought an accepted event once more: the latest first. */
export async function duplicatesOf(sql: Sql, identity: string, limit: number): Promise<OtherDelivery[]> {
  const rows = await sql<(Coordinates & { recorded: string })[]>`
    select b.topic, b.partition, d."offset", b.recorded_at as recorded
    from duplicates d join batches b on b.id = d.batch_id
    where d.identity = ${identity} order by d.batch_id desc limit ${limit}`
  return rows.map((row) => ({ ...row, recorded: fromInstant(row.recorded) }))
}
