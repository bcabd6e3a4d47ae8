import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type KafkaAdmin, openAdmin } from '#stream/admin.ts'
import {
  type ConsumerHandlers,
  type ConsumerOptions,
  type ConsumerSession,
  type KafkaRecord,
  type Read,
  type SupervisedConsumer,
  superviseConsumer,
  type TopicPartition,
} from '#stream/consumer.ts'
import type { Log } from '#stream/log.ts'
import { parseKafkaSettings } from '#stream/settings.ts'

export const settings = parseKafkaSettings({ KAFKA_BOOTSTRAP_SERVERS: inject('kafka') })

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

export function unique(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`
}

export async function createTopic(admin: KafkaAdmin, partitions = 1): Promise<string> {
  const topic = unique('topic')
  await admin.createTopics([topic], { partitions, replicationFactor: 1 })
  return topic
}

export async function withAdmin<T>(task: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
  const admin = await openAdmin(settings, silent)
  try {
    return await task(admin)
  } finally {
    await admin.close()
  }
}

/** A supervised consumer that keeps what it reads, and what it was told. */
export class Collector implements ConsumerHandlers {
  readonly records: (KafkaRecord & TopicPartition)[] = []
  readonly errors: string[] = []
  readonly gaveUp: string[] = []
  partitions: readonly TopicPartition[] = []
  sessions = 0
  session: ConsumerSession | null = null
  /** Called with all that is read; may throw. */
  onRead: (read: Read) => void = () => {}
  readonly #consumer: SupervisedConsumer

  constructor(options: Partial<ConsumerOptions> & Pick<ConsumerOptions, 'topics'>) {
    const tell = (about: object) => this.errors.push((about as { err: Error }).err?.message ?? '')
    this.#consumer = superviseConsumer({
      settings,
      groupId: unique('group'),
      handlers: this,
      log: { ...silent, error: tell },
      onGiveUp: (error) => this.gaveUp.push(error.message),
      ...options,
    })
  }

  get values(): string[] {
    return this.records.map(({ value }) => String(value))
  }

  assigned(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    if (session !== this.session) this.sessions += 1
    this.session = session
    this.partitions = partitions
  }

  read(read: Read): void {
    this.onRead(read)
    const { topic, partition } = read
    this.records.push(...read.records.map((record) => ({ ...record, topic, partition })))
  }

  ended(): void {
    this.session = null
    this.partitions = []
  }

  async stop(): Promise<void> {
    await this.#consumer.stop()
  }
}
