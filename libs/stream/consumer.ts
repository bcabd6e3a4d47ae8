import { setTimeout as delay } from 'node:timers/promises'
import { LaurelError } from '#domain/error.ts'
import { Cycle } from './cycle.ts'
import { isGrouping, type Log } from './log.ts'
import type { KafkaSettings } from './settings.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** An offset as a decimal string: the next record to read, or to be read again after a crash. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: string
}

/** A record as it was written. */
export interface KafkaRecord {
  readonly offset: string
  /** Unix ms, in decimal. */
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** A header that occurs several times has a list. */
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>
}

/** What one partition gave at once, in order. */
export interface Read extends TopicPartition {
  readonly records: readonly KafkaRecord[]
  /** Where reading goes on; behind the last record, and behind a transaction's invisible markers. */
  readonly next: string
  /** How many offsets the partition held beyond that, when this was read. */
  readonly behind: number
}

/** One member of the group, from joining until it leaves or fails. */
export interface ConsumerSession {
  readonly clusterId: string
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Reading goes on at this offset instead of the committed one. */
  seek(position: PartitionOffset): void
  /** @throws Error where the group did not take it; nothing is lost then, it will be read again. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>
}

export interface ConsumerHandlers {
  /** After every (re)balance: these partitions are ours now, all others are not. */
  assigned(session: ConsumerSession, partitions: readonly TopicPartition[]): void
  /**
   * Takes what was read. It must return at once, and hold a partition that is too fast by pausing it: all
   * partitions of a broker share one loop, so waiting here would keep the others waiting.
   */
  read(read: Read): void
  /**
   * Reading of a partition stands here. Unlike `read` it also tells of what holds no records: a transaction's
   * markers, and what compaction or an abort took away.
   */
  passed?(position: PartitionOffset): void
  /** Nothing is ours any more, until `assigned` is called again. */
  ended(): void
}

export interface ConsumerOptions {
  readonly settings: KafkaSettings
  readonly groupId: string
  readonly topics: readonly string[]
  readonly handlers: ConsumerHandlers
  readonly log: Log
  /** Called once, after `maxFruitlessCycles` consumers in a row that soon ended and read nothing; the process should exit. */
  readonly onGiveUp: (error: Error) => void
  readonly maxFruitlessCycles?: number
  /** A consumer that reads nothing for so long while there is something to read is replaced. In ms. */
  readonly stallMs?: number
}

export interface SupervisedConsumer {
  /** Leaves the group, so that others take over at once. Takes a few seconds at most. */
  stop(): Promise<void>
}

const maxBackOffMs = 3_000
/** A consumer that lasted longer worked, even if there was nothing to read. */
const healthyMs = 60_000

/**
 * Consumes until stopped: each cycle has a fresh kafkajs consumer, since one that has crashed may stay dead
 * without a word. Whatever ends a cycle is logged, and the next one begins after a jittered back-off.
 */
export function superviseConsumer(options: ConsumerOptions): SupervisedConsumer {
  const { groupId, log, maxFruitlessCycles = 30 } = options
  const stopping = new AbortController()
  let cycle: Cycle | null = null

  const supervise = async () => {
    let quick = 0
    let fruitless = 0
    while (!stopping.signal.aborted) {
      const began = Date.now()
      cycle = new Cycle(options)
      const failure = await cycle.run().then(
        () => null,
        (error: Error) => error,
      )
      if (failure === null || stopping.signal.aborted) continue
      const lasted = Date.now() - began > healthyMs
      quick = lasted ? 0 : quick + 1
      fruitless = lasted || cycle.fruitful ? 0 : fruitless + 1
      const tell = quick <= 2 && isGrouping(failure.message) ? log.info : log.error
      tell.call(log, { err: failure, groupId, fruitless }, 'the Kafka consumer ended; starting anew')
      if (fruitless >= maxFruitlessCycles) {
        const message = `Gave up after ${fruitless} Kafka consumers that read nothing: ${failure.message}`
        options.onGiveUp(new LaurelError('KAFKA_UNAVAILABLE', message, failure))
        return
      }
      const ceiling = Math.min(maxBackOffMs, 250 * 2 ** quick)
      await delay(ceiling * (0.5 + Math.random() / 2), null, { signal: stopping.signal }).catch(() => {})
    }
  }

  const done = supervise()
  return {
    async stop() {
      stopping.abort()
      cycle?.stop()
      await done
    },
  }
}
