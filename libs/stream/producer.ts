import kafkajs from 'kafkajs'
import { LaurelError } from '#domain/error.ts'
import { createKafka, unreachable } from './client.ts'
import type { Log } from './log.ts'
import { NO_VALUE, teachNoValue } from './null-header.ts'
import type { KafkaSettings } from './settings.ts'

type Bytes = Buffer | string

export interface OutgoingMessage {
  /** Messages of one key keep their order; without one they are spread over the partitions. */
  readonly key?: Bytes | null
  readonly value: Bytes | null
  /** Names may be repeated; values of one name keep their order. */
  readonly headers?: readonly (readonly [name: string, value: Bytes | null])[]
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
  teachNoValue()
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
          ...(headers ? { headers: grouped(headers) } : {}),
        })),
      })
    },
    close: () => producer.disconnect(),
  }
}

/**
 * A producer for a process that is to run without Kafka, too: it connects when it is first needed, and anew after
 * whatever went wrong.
 */
export function lazyProducer(settings: KafkaSettings, log: Log): MessageProducer {
  let opened: Promise<MessageProducer> | undefined
  const close = async () => {
    const producer = await opened?.catch(() => undefined)
    opened = undefined
    await producer?.close()
  }
  return {
    async send(topic, messages) {
      try {
        opened ??= openProducer(settings, log)
        await (await opened).send(topic, messages)
      } catch (error) {
        if (!isTooLarge(error)) await close().catch(() => {})
        throw error
      }
    },
    close,
  }
}

/** Whether Kafka refused messages for their size: the topic's `max.message.bytes` is for all that are sent at once. */
export function isTooLarge(error: unknown): boolean {
  const { type } = (error ?? {}) as { readonly type?: unknown }
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE'
}

/** Whether Kafka cannot be used for now: work that needs it waits. */
export function isKafkaUnavailable(error: unknown): boolean {
  return error instanceof LaurelError && error.code === 'KAFKA_UNAVAILABLE'
}

/** As kafkajs takes them. Without a prototype, so that a header of any name is one. */
function grouped(headers: NonNullable<OutgoingMessage['headers']>): Record<string, Bytes[]> {
  const byName: Record<string, Bytes[]> = Object.create(null)
  for (const [name, value] of headers) {
    byName[name] ??= []
    byName[name].push(value ?? NO_VALUE)
  }
  return byName
}
