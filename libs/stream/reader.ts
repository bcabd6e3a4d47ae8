import { LaurelError } from '#domain/error.ts'
import { type KafkaAdmin, openAdmin } from './admin.ts'
import {
  type ConsumerHandlers,
  type ConsumerSession,
  type PartitionOffset,
  type Read,
  superviseConsumer,
  type TopicPartition,
} from './consumer.ts'
import type { Log } from './log.ts'
import type { KafkaSettings } from './settings.ts'

/** What is to be read of one partition: from `start` up to `end`, which is not included. */
export interface Range extends TopicPartition {
  readonly start: string
  readonly end: string
}

/**
 * What a topic's partitions hold from one time on, and up to another. A partition is read from its first
 * record of `from` or later to its first of `to` or later, whatever the times of those between.
 *
 * @param from Unix ms, by the records' own timestamps
 * @param to Unix ms; undefined for what is there by now
 * @throws LaurelError NOT_FOUND where there is no such topic
 */
export async function rangesBetween(
  admin: KafkaAdmin,
  topic: string,
  from: number,
  to?: number,
): Promise<readonly Range[]> {
  const known = await admin.topics()
  if (!known.includes(topic)) {
    const there = known.filter((name) => !name.startsWith('__')).toSorted()
    throw new LaurelError(
      'NOT_FOUND',
      `Kafka has no topic ${topic}; there are: ${there.join(', ') || 'none'}.`,
    )
  }
  // The ends first: what arrives while the beginnings are looked up is not asked for.
  const marks = await admin.watermarks([topic])
  const limits = to === undefined ? [] : await admin.offsetsAt(topic, to)
  const starts = await admin.offsetsAt(topic, from)
  return marks.map(({ partition, high }) => {
    const end = limits.find((each) => each.partition === partition)?.offset ?? high
    const start = starts.find((each) => each.partition === partition)?.offset ?? end
    // Times need not grow: the first record after `from` may lie behind the first after `to`.
    return { topic, partition, start: BigInt(start) < BigInt(end) ? start : end, end }
  })
}

export interface ReadingOptions {
  readonly settings: KafkaSettings
  /** A group of its own, which is deleted afterwards: kafkajs does not read without one. */
  readonly groupId: string
  readonly ranges: readonly Range[]
  readonly log: Log
  /** Ends the reading early. */
  readonly signal?: AbortSignal
  /** As of a supervised consumer, in ms. */
  readonly stallMs?: number
}

/**
 * Reads ranges of partitions, side by side, and commits nothing. It ends when everything before the ends has
 * been read or is known to hold no records.
 *
 * @throws LaurelError KAFKA_UNAVAILABLE where it cannot go on, with what is left
 */
export async function* readRanges(options: ReadingOptions): AsyncGenerator<Read, void> {
  const { settings, groupId, log, signal, stallMs = 20_000 } = options
  const ranges = options.ranges.filter(({ start, end }) => BigInt(start) < BigInt(end))
  if (ranges.length === 0) return
  const reading = new Reading(ranges)
  const wake = () => reading.wake()
  signal?.addEventListener('abort', wake)
  const consumer = superviseConsumer({
    settings,
    groupId,
    topics: [...new Set(ranges.map(({ topic }) => topic))],
    handlers: reading,
    log,
    onGiveUp: (error) => reading.fail(error),
    maxFruitlessCycles: 5,
    stallMs,
  })
  try {
    while (!signal?.aborted) {
      const read = reading.take()
      if (read) yield read
      else if (reading.isOver()) return
      else if (!(await reading.woken(stallMs))) await passRemoved(settings, log, reading)
    }
  } finally {
    signal?.removeEventListener('abort', wake)
    await consumer.stop()
    await forget(settings, groupId, log)
  }
}

/** Holds what was read until it is taken: at most one read of each partition. */
class Reading implements ConsumerHandlers {
  /** What is not read yet, by partition: `start` moves towards `end`. */
  readonly #open: Map<string, Range>
  readonly #waiting = new Map<string, Read>()
  #session: ConsumerSession | null = null
  #failure: Error | null = null
  #wake = () => {}

  constructor(ranges: readonly Range[]) {
    this.#open = new Map(ranges.map((range) => [nameOf(range), range]))
  }

  assigned(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    this.#session = session
    for (const partition of partitions) {
      const range = this.#open.get(nameOf(partition))
      if (range) session.seek({ ...partition, offset: range.start })
    }
    const held = partitions.filter((each) => !this.#open.has(nameOf(each)) || this.#waiting.has(nameOf(each)))
    if (held.length > 0) session.pause(held)
  }

  read(read: Read): void {
    const range = this.#open.get(nameOf(read))
    if (!range) return
    // A fresh consumer may bring what comes before the place that it is sent to.
    const records = read.records.filter(
      ({ offset }) => BigInt(offset) >= BigInt(range.start) && BigInt(offset) < BigInt(range.end),
    )
    const waiting = this.#waiting.get(nameOf(read))?.records ?? []
    if (records.length > 0) this.#waiting.set(nameOf(read), { ...read, records: [...waiting, ...records] })
    this.#move(range, read.next)
    this.wake()
  }

  passed({ offset, ...partition }: PartitionOffset): void {
    const range = this.#open.get(nameOf(partition))
    if (!range) return
    this.#move(range, offset)
    this.wake()
  }

  ended(): void {
    this.#session = null
  }

  fail({ message }: Error): void {
    const left = [...this.#open].map(([name, { start, end }]) => `${name} from ${start} to ${end}`)
    this.#failure = new LaurelError('KAFKA_UNAVAILABLE', `${message} Not read: ${left.join(', ')}.`)
    this.wake()
  }

  /** What was read first of what waits; its partition goes on. */
  take(): Read | undefined {
    for (const [name, read] of this.#waiting) {
      this.#waiting.delete(name)
      if (this.#open.has(name)) this.#session?.resume([read])
      return read
    }
    return undefined
  }

  /** @throws what made the reading fail */
  isOver(): boolean {
    if (this.#failure) throw this.#failure
    return this.#open.size === 0
  }

  /** Waits for something new, but no longer than so many ms: false then. */
  async woken(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const isNew = await new Promise<boolean>((resolve) => {
      this.#wake = () => resolve(true)
      timer = setTimeout(() => resolve(false), ms)
    })
    clearTimeout(timer)
    return isNew
  }

  topics(): readonly string[] {
    return [...new Set([...this.#open.values()].map(({ topic }) => topic))]
  }

  wake(): void {
    this.#wake()
  }

  #move(range: Range, next: string): void {
    const name = nameOf(range)
    const start = BigInt(next) > BigInt(range.start) ? next : range.start
    if (BigInt(start) < BigInt(range.end)) this.#open.set(name, { ...range, start })
    else this.#open.delete(name)
    if (!this.#open.has(name) || this.#waiting.has(name)) this.#session?.pause([range])
  }
}

/** What the topic has let go meanwhile will not come: a partition may have nothing left before its end. */
async function passRemoved(settings: KafkaSettings, log: Log, reading: Reading): Promise<void> {
  const admin = await openAdmin(settings, log)
  try {
    for (const { low, ...mark } of await admin.watermarks(reading.topics()))
      reading.passed({ topic: mark.topic, partition: mark.partition, offset: low })
  } finally {
    await admin.close()
  }
}

/** Where this fails, Kafka forgets the group by itself: nothing was committed in it. */
async function forget(settings: KafkaSettings, groupId: string, log: Log): Promise<void> {
  try {
    const admin = await openAdmin(settings, log)
    await admin.deleteGroup(groupId).finally(() => admin.close())
  } catch (error) {
    log.warn({ err: error, groupId }, 'the group of a reading was not deleted')
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
