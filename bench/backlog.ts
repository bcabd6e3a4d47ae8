import type { Database } from '#store/database.ts'
import type { Installation } from '../test/support/installation.ts'
import type { LoadEvent } from './load.ts'

/** Lays events into topics, each in its turn. */
export async function preload(
  installation: Installation,
  events: readonly LoadEvent[],
  topics: readonly string[],
): Promise<void> {
  await installation.publish(
    events.map(({ text }, index) => ({ topic: topics[index % topics.length]!, value: text })),
  )
}

/**
 * Events a second, from the first that was recorded to the last that was gamified.
 *
 * @param after of batches after this one
 */
export async function gamifiedRate({ sql }: Database, after = 0): Promise<number> {
  const [{ rate }] = await sql<[{ rate: number }]>`
    select (sum(events) / extract(epoch from max(gamified_at) - min(recorded_at)))::float as rate
    from batches where id > ${after}`
  return rate
}
