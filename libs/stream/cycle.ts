import { setTimeout as delay } from 'node:timers/promises'
import type { Consumer } from 'kafkajs'
import { LaurelError } from '#domain/error.ts'
import { type KafkaAdmin, openAdmin, unread } from './admin.ts'
import { consumerOptions, createKafka } from './client.ts'
import type { ConsumerOptions, ConsumerSession, TopicPartition } from './consumer.ts'

/** How long leaving the group may take; without an answer the session's time-out does it. */
const leaveMs = 1_500

/** One kafkajs consumer, from its start until it is stopped, fails or hangs. */
export class Cycle {
  /** Whether anything was read. */
  fruitful = false
  readonly #options: ConsumerOptions
  readonly #stopping = new AbortController()
  readonly #consumer: Consumer
  readonly #stallMs: number
  /** Where reading stands, of the partitions of which it is known. */
  readonly #positions = new Map<string, string>()
  #assigned = new Set<string>()
  #lastFetch = Date.now()
  #lastRead = Date.now()
  #commits = 0
  #over = false

  constructor(options: ConsumerOptions) {
    const { settings, groupId, log, stallMs = 90_000 } = options
    this.#options = options
    this.#stallMs = stallMs
    this.#consumer = createKafka(settings, log).consumer({ groupId, ...consumerOptions(settings) })
  }

  /** Resolves when it was stopped or should simply begin again. @throws whatever ended it otherwise. */
  async run(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    try {
      await Promise.race([stopped, this.#ended(), this.#consume()])
    } finally {
      this.#over = true
      this.#options.handlers.ended()
      await this.#leave()
    }
  }

  /** Makes `run` leave the group and resolve. */
  stop(): void {
    this.#stopping.abort()
  }

  /** Rejects when kafkajs has ended the consumer: after STOP, CRASH tells why, where there is a reason. */
  #ended(): Promise<never> {
    const { CRASH, STOP } = this.#consumer.events
    return new Promise((_, reject) => {
      this.#consumer.on(CRASH, ({ payload }) => reject(payload.error))
      this.#consumer.on(STOP, () => {
        setTimeout(() => reject(new Error('The consumer stopped by itself.')), leaveMs).unref()
      })
    })
  }

  async #leave(): Promise<void> {
    const disconnected = this.#consumer.disconnect().catch(() => {})
    await Promise.race([disconnected, delay(leaveMs, null, { ref: false })])
  }

  async #consume(): Promise<void> {
    const { clusterId, present, missing } = await this.#look()
    this.#listen(this.#session(clusterId))
    const steps = [
      () => this.#consumer.connect(),
      () => this.#consumer.subscribe({ topics: [...present], fromBeginning: true }),
      () => this.#run(),
    ]
    for (const step of steps) {
      // A consumer that was stopped while it was starting would go on and hold its partitions unseen.
      if (this.#over) break
      await step()
    }
    if (this.#over) await this.#leave()
    else await this.#watch(missing)
  }

  async #look() {
    const { settings, topics, log } = this.#options
    const admin = await openAdmin(settings, log)
    try {
      const clusterId = await admin.clusterId()
      const known = new Set(await admin.topics())
      const missing = topics.filter((topic) => !known.has(topic))
      const hint = 'make them with: laurel topics create'
      if (missing.length === topics.length)
        throw new LaurelError('NOT_FOUND', `None of the topics ${topics.join(', ')} exists: ${hint}`)
      if (missing.length > 0) log.warn({ missing }, `some topics do not exist and are not read: ${hint}`)
      return { clusterId, present: topics.filter((topic) => known.has(topic)), missing }
    } finally {
      await admin.close()
    }
  }

  #run(): Promise<void> {
    return this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // One partition at a time is enough: `read` returns at once.
      partitionsConsumedConcurrently: 1,
      eachBatch: async ({ batch, resolveOffset }) => {
        const last = batch.messages.at(-1)
        if (this.#over || !last) return
        this.fruitful = true
        const { topic, partition, messages } = batch
        const next = after(batch.lastOffset())
        const behind = Math.max(0, Number(BigInt(batch.highWatermark) - BigInt(next)))
        this.#options.handlers.read({ topic, partition, records: messages, next, behind })
        resolveOffset(last.offset)
      },
    })
  }

  #listen(session: ConsumerSession) {
    const { GROUP_JOIN, FETCH, END_BATCH_PROCESS, COMMIT_OFFSETS } = this.#consumer.events
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      if (this.#over) return
      const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition })),
      )
      this.#assigned = new Set(partitions.map(nameOf))
      this.#positions.clear()
      this.#lastFetch = this.#lastRead = Date.now()
      this.#options.handlers.assigned(session, partitions)
    })
    this.#consumer.on(FETCH, () => {
      this.#lastFetch = Date.now()
    })
    // Unlike eachBatch it also tells of what holds no records, such as a transaction's markers.
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      this.#lastRead = Date.now()
      const { topic, partition } = payload
      const offset = after(payload.lastOffset)
      this.#positions.set(nameOf(payload), offset)
      if (!this.#over) this.#options.handlers.passed?.({ topic, partition, offset })
    })
    this.#consumer.on(COMMIT_OFFSETS, () => {
      this.#commits += 1
    })
  }

  #session(clusterId: string): ConsumerSession {
    return {
      clusterId,
      pause: (partitions) => this.#consumer.pause(byTopic(partitions)),
      resume: (partitions) => this.#consumer.resume(byTopic(partitions)),
      seek: (position) => {
        this.#positions.set(nameOf(position), position.offset)
        this.#consumer.seek(position)
      },
      commit: async (offsets) => {
        const before = this.#commits
        await this.#consumer.commitOffsets([...offsets])
        // kafkajs says nothing where it did not commit because the consumer is not running.
        if (this.#commits === before) throw new Error('The consumer is not running: nothing was committed.')
      },
    }
  }

  /** Looks now and then whether reading goes on. Resolves when topics have appeared. @throws where it hangs. */
  async #watch(missing: readonly string[]): Promise<void> {
    for (;;) {
      await delay(this.#stallMs / 3, null, { signal: this.#stopping.signal })
      if (Date.now() - this.#lastFetch > this.#stallMs)
        throw new Error(`No fetch was answered for ${this.#stallMs} ms.`)
      const idle = Date.now() - this.#lastRead > this.#stallMs
      if (missing.length === 0 && !idle) continue
      const { settings, log } = this.#options
      const admin = await openAdmin(settings, log)
      try {
        const known = new Set(await admin.topics())
        const appeared = missing.filter((topic) => known.has(topic))
        if (appeared.length > 0) return log.info({ appeared }, 'topics have appeared and will be read')
        if (idle) await this.#expectNothingUnread(admin)
      } finally {
        await admin.close()
      }
    }
  }

  async #expectNothingUnread(admin: KafkaAdmin): Promise<void> {
    const { groupId, topics } = this.#options
    const paused = new Set(
      this.#consumer
        .paused()
        .flatMap(({ topic, partitions }) => partitions.map((partition) => nameOf({ topic, partition }))),
    )
    for (const lag of await admin.lag(groupId, topics)) {
      const name = nameOf(lag)
      if (!this.#assigned.has(name) || paused.has(name)) continue
      if (unread(lag, this.#positions.get(name) ?? lag.committed) > 0)
        throw new Error(`Nothing was read for ${this.#stallMs} ms although ${name} has more.`)
    }
    this.#lastRead = Date.now()
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

function after(offset: string): string {
  return (BigInt(offset) + 1n).toString()
}

function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition])
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }))
}
