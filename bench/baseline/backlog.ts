import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Installation } from '../../test/support/installation.ts'
import { type Pace, PaceMeter } from './pace.ts'

/** A topic with nothing but events that are to be taken. */
export interface Backlog {
  readonly topic: string
  readonly events: number
  readonly abort: AbortSignal
}

/** How a baseline takes what it reads. */
interface Taking {
  /** Begins to read; resolves when it has begun. */
  readonly read: (consumer: kafkajs.Consumer) => Promise<void>
  /** How many events are done with by now. */
  readonly done: () => number
  /** What went wrong so far, in words. */
  readonly state: () => string
}

const PATIENCE = 300_000
const TICK = 10

/** Takes a topic from its beginning with plain kafkajs, and measures from the first message to the last event. */
export async function takeBacklog(
  installation: Installation,
  { topic, events, abort }: Backlog,
  { read, done, state }: Taking,
): Promise<Pace> {
  const client = new kafkajs.Kafka({
    brokers: [...installation.kafka.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const consumer = client.consumer({ groupId: `bench-${topic}-${Date.now()}` })
  let meter: PaceMeter | undefined
  consumer.on(consumer.events.START_BATCH_PROCESS, () => {
    meter ??= new PaceMeter(installation)
  })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await read(consumer)
    const deadline = performance.now() + PATIENCE
    while (done() < events) {
      abort.throwIfAborted()
      if (performance.now() > deadline)
        throw new Error(`${done()} of ${events} events of ${topic} are done after ${PATIENCE} ms: ${state()}`)
      await delay(TICK)
    }
    return meter!.read(events)
  } finally {
    await consumer.disconnect()
  }
}
