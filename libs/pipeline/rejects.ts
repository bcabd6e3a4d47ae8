import { LaurelError } from '#domain/error.ts'
import type { Payload } from '#domain/message.ts'
import { type Reject, rejectOf, withoutMessage } from '#domain/reject.ts'
import { addDelivery } from '#queue/jobs.ts'
import { countAttempt, drainOutbox, isOutboxWaiting, type Waiting } from '#store/outbox.ts'
import { isTooLarge, type MessageProducer, type OutgoingMessage } from '#stream/producer.ts'
import type { Context } from './context.ts'

/** Kafka takes a megabyte at once, unless told otherwise; headers come on top of the messages. */
const PORTION = { rows: 200, bytes: 512 * 1024 }
/** How long one job goes on, ms: within its deadline, also where Kafka is slow. */
const TURN = 20_000

export interface Rejects {
  readonly topic: string
  readonly producer: MessageProducer
}

/**
 * Tells producers of the messages that were refused: what waits in the outbox is written to the topic, in the order
 * in which it came to wait.
 *
 * @returns how many records were written
 * @throws LaurelError KAFKA_UNAVAILABLE where the topic cannot be written to: then what is left waits
 */
export async function deliverRejects(context: Context, rejects: Rejects): Promise<number> {
  const end = Date.now() + TURN
  for (let delivered = 0; ; ) {
    const count = await deliverPortion(context, rejects)
    // Nothing more, or another process is at it: the sweeper comes back to what that one may have missed.
    if (!count) return delivered
    delivered += count
    if (Date.now() < end) continue
    await addDelivery(context.queues)
    return delivered
  }
}

/** Has the outbox emptied, where anything is left in it without a job. */
export async function ensureDelivery({ database, queues, rejectsTopic }: Context): Promise<boolean> {
  if (rejectsTopic === undefined || !(await isOutboxWaiting(database.sql))) return false
  await addDelivery(queues)
  return true
}

async function deliverPortion(
  { database }: Context,
  { topic, producer }: Rejects,
): Promise<number | undefined> {
  let inHand: readonly Waiting[] = []
  let refusal: LaurelError | undefined
  try {
    return await drainOutbox(database, PORTION, async (waiting) => {
      inHand = waiting
      await send(producer, topic, waiting).catch((error) => {
        refusal = unwritten(topic, waiting[0]!, error)
        throw refusal
      })
    })
  } catch (error) {
    if (error !== refusal) throw error
    await countAttempt(
      database.sql,
      inHand.map(({ row }) => row),
    )
    throw error
  }
}

/** Where Kafka finds it too much at once it goes in halves, and a single message that is too large does not go along. */
async function send(producer: MessageProducer, topic: string, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return
  try {
    await producer.send(
      topic,
      waiting.map((each) => outgoing(rejectOf(each))),
    )
  } catch (error) {
    if (!isTooLarge(error)) throw error
    const [first] = waiting
    if (waiting.length === 1) return producer.send(topic, [outgoing(withoutMessage(first!))])
    const middle = waiting.length >> 1
    await send(producer, topic, waiting.slice(0, middle))
    await send(producer, topic, waiting.slice(middle))
  }
}

function outgoing({ key, value, headers }: Reject): OutgoingMessage {
  return {
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map(([name, payload]) => [name, bytesOf(payload)] as const),
  }
}

function bytesOf(payload: Payload): Buffer | null {
  if (payload === null) return null
  return typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.base64, 'base64')
}

function unwritten(topic: string, { failure, attempts }: Waiting, cause: unknown): LaurelError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.?$/, '.')
  return new LaurelError(
    'KAFKA_UNAVAILABLE',
    `${topic} (REJECTS_TOPIC) cannot be written to: ${reason} Rejects from failure ${failure} on wait in PostgreSQL ` +
      `(tried ${attempts + 1} times) and are delivered once the topic is there and Laurel may write to it.`,
    cause,
  )
}
