import type { Payload } from '#domain/message.ts'
import { type Reject, rejectOf, withoutMessage } from '#domain/reject.ts'
import { addDelivery } from '#queue/jobs.ts'
import { countAttempt, drainOutbox, isOutboxWaiting, type Waiting } from '#store/outbox.ts'
import { isTooLarge, type MessageProducer, type OutgoingMessage } from '#stream/producer.ts'
import type { Context } from './context.ts'
import { type Destination, drainAll } from './drain.ts'

/** Kafka takes a megabyte at once, unless told otherwise; headers come on top of the messages. */
const PORTION = { rows: 200, bytes: 512 * 1024 }

/**
 * Tells producers of the messages that were refused: what waits in the outbox is written to the topic, in the order
 * in which it came to wait.
 *
 * @returns how many records were written
 * @throws LaurelError KAFKA_UNAVAILABLE where the topic cannot be written to: then what is left waits
 */
export function deliverRejects(
  { database, queues }: Context,
  { topic, producer }: Destination,
): Promise<number> {
  return drainAll<Waiting>({
    topic,
    setting: 'REJECTS_TOPIC',
    describe: ({ failure }) => `Rejects from failure ${failure} on wait`,
    drain: (deliver) => drainOutbox(database, PORTION, deliver),
    send: (waiting) => send(producer, topic, waiting),
    countAttempt: (waiting) =>
      countAttempt(
        database.sql,
        waiting.map(({ row }) => row),
      ),
    goOn: () => addDelivery(queues),
  })
}

/** Has the outbox emptied, where anything is left in it without a job. */
export async function ensureDelivery({ database, queues, rejectsTopic }: Context): Promise<boolean> {
  if (rejectsTopic === undefined || !(await isOutboxWaiting(database.sql))) return false
  await addDelivery(queues)
  return true
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
