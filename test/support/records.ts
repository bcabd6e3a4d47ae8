import type { Database } from '#store/database.ts'
import type { Result } from '../reference/reference.ts'

const SHOWN = 20

/** How the events, failures and customers in PostgreSQL differ from the reference; empty where they do not. */
export async function recordDifferences(
  { sql }: Database,
  { events, refused, customers }: Result,
): Promise<readonly string[]> {
  const [counted] = await sql<[{ events: number; subjects: number }]>`
    select (select count(*) from events)::bigint as events, (select count(*) from subjects)::bigint as subjects`
  const failures = await sql<{ place: string }[]>`
    select topic || '/' || partition || '/' || "offset" as place from failures where stage = 'normalization'`
  const actual = new Set(failures.map(({ place }) => place))
  const expected = new Set(refused.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`))
  const lines = [
    ...(counted.events === events ? [] : [`${counted.events} events in the store, ${events} expected`]),
    ...(counted.subjects === customers.size
      ? []
      : [`${counted.subjects} customers in the store, ${customers.size} expected`]),
    ...[...expected].filter((place) => !actual.has(place)).map((place) => `${place} is no failure`),
    ...[...actual].filter((place) => !expected.has(place)).map((place) => `${place} is a failure`),
  ]
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `… and ${lines.length - SHOWN} more`]
}
