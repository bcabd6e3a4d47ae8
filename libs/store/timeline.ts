import type { IdentityKind } from '#domain/event.ts'
import type { Position } from '#domain/position.ts'
import type { Sql } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

/** An event as a customer's timeline lists it. */
export interface TimelineEvent extends Position {
  readonly type: string
  readonly source: string
  /** Ten-thousandths; null where the event carries none. */
  readonly value: number | null
  /** Unix ms: Kafka's record timestamp, or the time of arrival. */
  readonly arrivedAt: number
  readonly identityKind: IdentityKind
  /** The event that never happened by this one's word. */
  readonly reverses: string | null
  /** The event by whose word this one never happened. */
  readonly reversedBy: string | null
}

/** Below every event's identity. */
const LOWEST_IDENTITY = '00000000-0000-0000-0000-000000000000'

/**
 * A customer's latest events, latest first.
 *
 * @param before only events before this position; one without an identity is the beginning of its millisecond
 */
export async function timelineOf(
  sql: Sql,
  customer: number,
  before: { readonly at: number; readonly identity?: string | undefined } | undefined,
  limit: number,
): Promise<TimelineEvent[]> {
  const range = before
    ? sql`and (at, identity) < (${toInstant(before.at)}::timestamptz, ${before.identity ?? LOWEST_IDENTITY}::uuid)`
    : sql``
  const rows = await sql<(Omit<TimelineEvent, 'at' | 'arrivedAt'> & { at: string; arrivedAt: string })[]>`
    select identity, at, arrived_at as "arrivedAt", type, source, value, identity_kind as "identityKind",
      reverses, (select r.identity from events r where r.reverses = e.identity limit 1) as "reversedBy"
    from events e where subject_id in (select id from subjects where customer_id = ${customer}) ${range}
    order by at desc, identity desc limit ${limit}`
  return rows.map((row) => ({ ...row, at: fromInstant(row.at), arrivedAt: fromInstant(row.arrivedAt) }))
}
