import type { Batch } from '#domain/message.ts'
import type { KafkaRecord, PartitionOffset, Read, TopicPartition } from '#stream/consumer.ts'
import { batchLimit, countOfNext, sizeOf, toBatch } from './batching.ts'

/** Batches that one topic may have open at a time. */
export interface Limits {
  /** Not yet recorded: these sit in Redis with their messages. */
  readonly unrecorded: number
  /** Not yet gamified, recorded or not. */
  readonly ungamified: number
}

/**
 * Of a topic that leaves room for others: one job of each pool at a time, and the next one at hand, so that what is
 * live finds a worker free and nothing to wait behind.
 */
const YIELDING: Limits = { unrecorded: 1, ungamified: 2 }
/**
 * While so many batches of a topic are unrecorded, what comes is gathered into full ones: else many partitions with
 * little in each would make more jobs than workers can begin.
 */
const SMALL_AT_ONCE = 3
/** Unread messages from which on a topic is far behind: about a second's work for one worker. */
const FAR = 8 * batchLimit.messages

/** A batch as it is handed to normalization; added again, it has the next attempt's number. */
export interface Job {
  readonly batch: Batch
  readonly attempt: number
}

export type Marks = ReadonlyMap<string, { readonly gamified: boolean }>

export interface TopicCounts {
  /** Messages read that are in no batch yet, because the topic has reached a limit. */
  readonly waiting: number
  /** Batches whose messages are not in PostgreSQL yet. */
  readonly unrecorded: number
  /** Batches that PostgreSQL has, but gamification has not done. */
  readonly ungamified: number
}

interface OpenBatch {
  readonly key: string
  /** What may be committed once this batch and all before it are recorded. */
  readonly next: string
  attempt: number
  /** When its job was last known to be in Redis, Unix ms; null before. */
  addedAt: number | null
  /** Needed until it is recorded, since its job may have to be added again. */
  batch: Batch | null
  gamified: boolean
}

interface Partition extends TopicPartition {
  /** Read, but in no batch yet. */
  waiting: KafkaRecord[]
  waitingBytes: number
  /** Where reading stands. */
  next: string
  /** How many offsets there were beyond that when it was last read. */
  behind: number
  /** In reading order. One leaves when it is gamified and everything before it is recorded. */
  open: OpenBatch[]
  /** The end of the recorded prefix, if it has moved. */
  recorded: string | null
  committed: string | null
}

/**
 * Where each partition that is ours stands between being read and being committed. It has no clock and does
 * nothing itself: it is told what happened and says what may be done.
 *
 * The invariant: an offset is committable only if PostgreSQL has recorded every batch before it.
 */
export class Progress {
  readonly #limits: Limits
  #clusterId = ''
  #partitions = new Map<string, Partition>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * These partitions are ours now. What is known of others is forgotten: their jobs are in Redis, and their
   * next owner reads again what was not committed.
   * @returns where to go on reading in those that were ours before.
   */
  assign(clusterId: string, partitions: readonly TopicPartition[]): readonly PartitionOffset[] {
    const kept = partitions.flatMap((partition) => this.#partitions.get(nameOf(partition)) ?? [])
    const sameCluster = clusterId === this.#clusterId
    this.#clusterId = clusterId
    this.#partitions = new Map(partitions.map((partition) => [nameOf(partition), fresh(partition)]))
    if (!sameCluster) return []
    for (const partition of kept) this.#partitions.set(nameOf(partition), partition)
    return kept.flatMap(({ topic, partition, next }) =>
      next === '' ? [] : { topic, partition, offset: next },
    )
  }

  /** Nothing is ours any more. */
  forget(): void {
    this.#partitions.clear()
  }

  /**
   * Takes in what was read of a partition that is ours. Where it begins before what was read already, the
   * partition was made anew or set back, and what was known of it is forgotten.
   * @returns whether it was taken in as the continuation.
   */
  read({ topic, partition, records, next, behind }: Read): 'continued' | 'began again' | 'not ours' {
    const name = nameOf({ topic, partition })
    const known = this.#partitions.get(name)
    const first = records[0]
    if (!known || !first) return 'not ours'
    const again = known.next !== '' && BigInt(first.offset) < BigInt(known.next)
    const state = again ? fresh({ topic, partition }) : known
    this.#partitions.set(name, state)
    for (const record of records) {
      state.waiting.push(record)
      state.waitingBytes += sizeOf(record)
    }
    state.next = next
    state.behind = behind
    return again ? 'began again' : 'continued'
  }

  /** Whether far more of a topic is unread than can be in hand. */
  isFarBehind(topic: string): boolean {
    return this.#of(topic).reduce((sum, { waiting, behind }) => sum + waiting.length + behind, 0) >= FAR
  }

  /**
   * Makes batches of what waits in a topic, as many as its limits allow; they are open from now on.
   *
   * @param yields whether it leaves room for other topics
   */
  take(topic: string, yields = false): readonly Job[] {
    const limits = yields ? YIELDING : this.#limits
    const partitions = this.#of(topic)
    const open = partitions.flatMap((partition) => partition.open)
    let unrecorded = open.filter(({ batch }) => batch !== null).length
    let ungamified = open.filter(({ gamified }) => !gamified).length
    const jobs: Job[] = []
    while (unrecorded < limits.unrecorded && ungamified < limits.ungamified) {
      const isBusy = unrecorded >= SMALL_AT_ONCE
      const partition = nextOf(isBusy ? partitions.filter(isFull) : partitions, limits.unrecorded)
      if (!partition) break
      jobs.push(this.#open(partition))
      unrecorded += 1
      ungamified += 1
    }
    return jobs
  }

  #open(partition: Partition): Job {
    const records = partition.waiting.splice(0, countOfNext(partition.waiting))
    partition.waitingBytes -= records.reduce((sum, record) => sum + sizeOf(record), 0)
    const isBehind = partition.waiting.length + partition.behind >= batchLimit.messages
    const batch: Batch = {
      ...toBatch(this.#clusterId, partition, records),
      ...(isBehind && { isBehind: true }),
    }
    const next = partition.waiting[0]?.offset ?? partition.next
    partition.open.push({ key: batch.key, next, attempt: 0, addedAt: null, batch, gamified: false })
    return { batch, attempt: 0 }
  }

  /** Of these jobs, those whose batch is open and unrecorded, and whose attempt is still the latest. */
  wanted(jobs: readonly Job[]): readonly Job[] {
    return jobs.filter((job) => this.#find(job) !== undefined)
  }

  /** Redis has these jobs. */
  added(jobs: readonly Job[], now: number): void {
    for (const job of jobs) {
      const open = this.#find(job)
      if (open) open.addedAt = now
    }
  }

  /** The batches of which PostgreSQL is to be asked: those not yet gamified. */
  keys(): readonly string[] {
    return this.#all().flatMap(({ key, gamified }) => (gamified ? [] : key))
  }

  /** Takes in what PostgreSQL has. @returns whether anything was new. */
  mark(marks: Marks): boolean {
    let changed = false
    for (const partition of this.#partitions.values()) {
      for (const open of partition.open) {
        const mark = marks.get(open.key)
        if (!mark) continue
        changed ||= open.batch !== null || (mark.gamified && !open.gamified)
        open.batch = null
        open.gamified ||= mark.gamified
      }
      const unrecorded = partition.open.findIndex(({ batch }) => batch !== null)
      const prefix = unrecorded < 0 ? partition.open.length : unrecorded
      // Of recorded batches a later one may be gamified, and forgotten, before an earlier one: never back.
      partition.recorded = furthest(partition.recorded, partition.open[prefix - 1]?.next)
      partition.open = partition.open.filter(({ gamified }, index) => index >= prefix || !gamified)
    }
    return changed
  }

  /** The offsets that may be committed and have not been. */
  committable(): readonly PartitionOffset[] {
    return [...this.#partitions.values()].flatMap(({ topic, partition, recorded, committed }) =>
      recorded === null || recorded === committed ? [] : { topic, partition, offset: recorded },
    )
  }

  committed(offsets: readonly PartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      const state = this.#partitions.get(nameOf({ topic, partition }))
      if (state) state.committed = offset
    }
  }

  /** The jobs that Redis was given at or before `time` (Unix ms) and whose batches are not recorded. */
  unrecorded(time: number): readonly Job[] {
    return this.#all().flatMap(({ batch, attempt, addedAt }) =>
      batch !== null && addedAt !== null && addedAt <= time ? { batch, attempt } : [],
    )
  }

  /** The next attempts of these jobs, of those that are still unrecorded; they are open from now on. */
  again(jobs: readonly Job[]): readonly Job[] {
    return jobs.flatMap((job) => {
      const open = this.#find(job)
      if (!open) return []
      open.attempt += 1
      open.addedAt = null
      return { batch: job.batch, attempt: open.attempt }
    })
  }

  /** Partitions that need not be read for now: more than a batch of theirs waits. */
  full(): readonly TopicPartition[] {
    return [...this.#partitions.values()].filter(isFull)
  }

  assigned(): readonly TopicPartition[] {
    return [...this.#partitions.values()]
  }

  /** What waits or is open, by topic. */
  counts(): ReadonlyMap<string, TopicCounts> {
    const counts = new Map<string, TopicCounts>()
    for (const { topic, waiting, open } of this.#partitions.values()) {
      const sum = counts.get(topic) ?? { waiting: 0, unrecorded: 0, ungamified: 0 }
      counts.set(topic, {
        waiting: sum.waiting + waiting.length,
        unrecorded: sum.unrecorded + open.filter(({ batch }) => batch !== null).length,
        ungamified: sum.ungamified + open.filter(({ batch, gamified }) => batch === null && !gamified).length,
      })
    }
    return counts
  }

  #of(topic: string): Partition[] {
    return [...this.#partitions.values()].filter((partition) => partition.topic === topic)
  }

  #all(): OpenBatch[] {
    return [...this.#partitions.values()].flatMap(({ open }) => open)
  }

  #find({ batch, attempt }: Job): OpenBatch | undefined {
    return this.#partitions
      .get(nameOf(batch))
      ?.open.find((open) => open.batch === batch && open.attempt === attempt)
  }
}

/**
 * The partition whose next record is the oldest. A customer's events lie in all partitions of a topic: the nearer
 * they come to their order, the less often a game has to be folded again. Where others wait, none may use the
 * topic's limit up: its records may be older only by a clock that is wrong.
 */
function nextOf(partitions: readonly Partition[], limit: number): Partition | undefined {
  const waiting = partitions.filter((partition) => partition.waiting.length > 0)
  const most = waiting.length > 1 ? Math.max(1, limit - 1) : limit
  return waiting
    .filter(({ open }) => open.filter(({ batch }) => batch !== null).length < most)
    .reduce<Partition | undefined>(
      (oldest, partition) => (!oldest || timeOf(partition) < timeOf(oldest) ? partition : oldest),
      undefined,
    )
}

/** Whether as much of it waits as a batch may hold. */
function isFull({ waiting, waitingBytes }: Partition): boolean {
  return waiting.length >= batchLimit.messages || waitingBytes >= batchLimit.bytes
}

function timeOf({ waiting }: Partition): number {
  return Number(waiting[0]!.timestamp)
}

function fresh({ topic, partition }: TopicPartition): Partition {
  return {
    topic,
    partition,
    waiting: [],
    waitingBytes: 0,
    next: '',
    behind: 0,
    open: [],
    recorded: null,
    committed: null,
  }
}

function furthest(a: string | null, b: string | undefined): string | null {
  if (a === null || b === undefined) return b ?? a
  return BigInt(a) < BigInt(b) ? b : a
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}
