import { LaurelError } from '#domain/error.ts'
import type { MessageProducer } from '#stream/producer.ts'

/** How long one job goes on, ms: within its deadline, also where Kafka is slow. */
const TURN = 20_000

/** A topic that Laurel writes, and what it is written with. */
export interface Destination {
  readonly topic: string
  readonly producer: MessageProducer
}

/** What waits in PostgreSQL to be told by a topic. */
export interface Waiting<Row extends { readonly attempts: number }> {
  readonly topic: string
  /** The setting that names the topic, for whoever has to put it right. */
  readonly setting: string
  /** Which they are, and that they wait, from the first one on: `Rejects from failure 7 on wait`. */
  readonly describe: (first: Row) => string
  /** As `drainOutbox` does it. */
  readonly drain: (deliver: (rows: readonly Row[]) => Promise<void>) => Promise<number | undefined>
  readonly send: (rows: readonly Row[]) => Promise<void>
  /** Notes that Kafka did not take rows. */
  readonly countAttempt: (rows: readonly Row[]) => Promise<void>
  /** Adds a job that goes on with the rest. */
  readonly goOn: () => Promise<void>
}

/**
 * Writes what waits to its topic, portion by portion, in the order in which it came to wait.
 *
 * @returns how many rows were written
 * @throws LaurelError KAFKA_UNAVAILABLE where the topic cannot be written to: then what is left waits
 */
export async function drainAll<Row extends { readonly attempts: number }>(
  waiting: Waiting<Row>,
): Promise<number> {
  const end = Date.now() + TURN
  for (let delivered = 0; ; ) {
    const count = await drainPortion(waiting)
    // Nothing more, or another process is at it: the sweeper comes back to what that one may have missed.
    if (!count) return delivered
    delivered += count
    if (Date.now() < end) continue
    await waiting.goOn()
    return delivered
  }
}

async function drainPortion<Row extends { readonly attempts: number }>(
  waiting: Waiting<Row>,
): Promise<number | undefined> {
  let inHand: readonly Row[] = []
  let refusal: LaurelError | undefined
  try {
    return await waiting.drain(async (rows) => {
      inHand = rows
      await waiting.send(rows).catch((error) => {
        refusal = unwritten(waiting, rows[0]!, error)
        throw refusal
      })
    })
  } catch (error) {
    if (error === refusal) await waiting.countAttempt(inHand)
    throw error
  }
}

function unwritten<Row extends { readonly attempts: number }>(
  { topic, setting, describe }: Waiting<Row>,
  first: Row,
  cause: unknown,
): LaurelError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.?$/, '.')
  return new LaurelError(
    'KAFKA_UNAVAILABLE',
    `${topic} (${setting}) cannot be written to: ${reason} ${describe(first)} in PostgreSQL ` +
      `(tried ${first.attempts + 1} times) and are delivered once the topic is there and Laurel may write to it.`,
    cause,
  )
}
