import type { Batch } from '#domain/message.ts'
import { deliveriesOf } from '#pipeline/delivery.ts'
import { gamifyWaiting } from '#pipeline/gamification.ts'
import { record } from '#pipeline/normalization.ts'
import { Programs } from '#pipeline/programs.ts'
import { ensurePublished } from '#pipeline/publication.ts'
import { scoreWaiting } from '#pipeline/scoring.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect, type Database } from '#store/database.ts'
import type { LoadEvent } from './load.ts'
import { PROGRAMS } from './program.ts'

/** The stages as the workers run them, without the queues between them. */
export interface BenchPipeline {
  readonly database: Database
  /** Records the events as the next batch of a topic; answers the batch's number. */
  record(events: readonly LoadEvent[]): Promise<number>
  score(batch: number): Promise<void>
  gamify(batch: number): Promise<void>
  close(): Promise<void>
}

/** What messages come in. */
export const TOPIC = 'customer-events'

/**
 * A pipeline with the starter program. What the benches know of the stages' signatures is in this file only.
 *
 * @param arrival when every message arrives, Unix ms
 * @param first the offset of the first message: one that was recorded before would be read again
 */
export async function openPipeline(url: string, arrival: number, first = 0): Promise<BenchPipeline> {
  const database = connect(url, { application: 'laurel bench', connections: 4, byKey: true })
  const { text, sources } = loadProgram(PROGRAMS.starter)
  const programs = new Programs()
  await ensurePublished(database, programs, text)
  let offset = first
  return {
    database,
    record: async (events) => {
      const batch: Batch = {
        key: `${TOPIC}/0/${offset}`,
        cluster: 'bench',
        topic: TOPIC,
        partition: 0,
        messages: events.map(({ text }) => ({ offset: String(offset++), timestamp: arrival, value: text })),
      }
      const deliveries = deliveriesOf(batch, sources)
      const recording = { key: batch.key, topic: TOPIC, partition: 0, deliveries }
      return (await record(database, sources, recording, false)).batch
    },
    score: (batch) => untilDone(batch, () => scoreWaiting(database, programs, batch)),
    gamify: (batch) => untilDone(batch, () => gamifyWaiting(database, programs, batch)),
    close: () => database.close(),
  }
}

async function untilDone(
  batch: number,
  run: () => Promise<{ readonly batches: readonly number[] } | undefined>,
): Promise<void> {
  for (;;) {
    const done = await run()
    if (!done || done.batches.includes(batch)) return
  }
}
