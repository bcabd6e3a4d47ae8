import { LaurelError } from '#domain/error.ts'
import { type KafkaAdmin, openAdmin, type PartitionLag } from '#stream/admin.ts'
import type { Log } from '#stream/log.ts'
import type { KafkaSettings } from '#stream/settings.ts'

/** How far the bridge is behind, as Kafka sees it; over one connection, made anew after an error. */
export class Lag {
  readonly #settings: KafkaSettings | undefined
  readonly #groupId: string
  readonly #topics: readonly string[]
  readonly #log: Log
  #admin: KafkaAdmin | undefined
  #isClosed = false

  /** @param settings undefined where there is no Kafka */
  constructor(settings: KafkaSettings | undefined, groupId: string, topics: readonly string[], log: Log) {
    this.#settings = settings
    this.#groupId = groupId
    this.#topics = topics
    this.#log = log
  }

  /** @throws LaurelError KAFKA_UNAVAILABLE, or what kafkajs throws */
  async read(): Promise<readonly PartitionLag[]> {
    if (!this.#settings) {
      throw new LaurelError('KAFKA_UNAVAILABLE', 'no Kafka is configured: set KAFKA_BOOTSTRAP_SERVERS')
    }
    const admin = this.#admin ?? (await openAdmin(this.#settings, this.#log))
    this.#admin = admin
    try {
      if (this.#isClosed) throw new LaurelError('KAFKA_UNAVAILABLE', 'the API is stopping')
      return await admin.lag(this.#groupId, this.#topics)
    } catch (error) {
      this.#admin = undefined
      await admin.close()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#admin?.close()
  }
}
