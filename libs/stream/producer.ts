import kafkajs from 'kafkajs'
import { createKafka, unreachable } from './client.ts'
import type { Log } from './log.ts'
import type { KafkaSettings } from './settings.ts'

type Bytes = Buffer | string

interface OutgoingMessage {
  /** Messages of one key keep their order; without one they are spread over the partitions. */
  readonly key?: Bytes | null
  readonly value: Bytes | null
  readonly headers?: Readonly<Record<string, Bytes | Bytes[]>>
}

export interface MessageProducer {
  /**
   * Resolves when all in-sync replicas have the messages. What fails may have been written all the same:
   * sending again may double it.
   */
  send(topic: string, messages: readonly OutgoingMessage[]): Promise<void>
  close(): Promise<void>
}

/** @throws LaurelError KAFKA_UNAVAILABLE where no broker can be reached or logged in to. */
export async function openProducer(settings: KafkaSettings, log: Log): Promise<MessageProducer> {
  const producer = createKafka(settings, log).producer({
    // murmur2, as the Java client places keys.
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // An idempotent kafkajs producer stops for good after some broker errors; receivers can tell repeats.
    idempotent: false,
    allowAutoTopicCreation: false,
  })
  try {
    await producer.connect()
  } catch (error) {
    await producer.disconnect().catch(() => {})
    throw unreachable(settings, error)
  }
  return {
    async send(topic, messages) {
      await producer.send({
        topic,
        acks: -1,
        messages: messages.map(({ key, value, headers }) => ({
          key: key ?? null,
          value,
          ...(headers ? { headers } : {}),
        })),
      })
    },
    close: () => producer.disconnect(),
  }
}
