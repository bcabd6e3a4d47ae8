import {
  type ConsumerHandlers,
  type ConsumerSession,
  type Read,
  superviseConsumer,
  type TopicPartition,
} from '#stream/consumer.ts'
import type { Log } from '#stream/log.ts'
import type { KafkaSettings } from '#stream/settings.ts'
import { Backoff } from './backoff.ts'
import { type Job, type Limits, type Marks, Progress, type TopicCounts } from './progress.ts'
import { Pulse } from './pulse.ts'

/** What the bridge asks of Redis and PostgreSQL. Each may throw while its service is away. */
export interface BridgePorts {
  /**
   * Adds the normalization jobs; resolves when Redis has them. It is called again with the same jobs where it
   * threw, and with the next attempt, which needs a new job id, where a job was lost.
   */
  add(jobs: readonly Job[]): Promise<void>
  /** Of the given jobs, the keys of those that are no longer in Redis in any state that will run. */
  missing(jobs: readonly { key: string; attempt: number }[]): Promise<readonly string[]>
  /** Whether the normalization queue is paused by an operator. */
  paused(): Promise<boolean>
  /** What PostgreSQL has of these batches; keys it does not know are absent. */
  marks(keys: readonly string[]): Promise<Marks>
}

export interface BridgeOptions {
  readonly settings: KafkaSettings
  readonly groupId: string
  readonly topics: readonly string[]
  readonly ports: BridgePorts
  readonly log: Log
  /** Kafka could not be read for minutes; the process should exit, so that its supervisor starts it afresh. */
  readonly onGiveUp: (error: Error) => void
  readonly limits?: Limits
  /** In place of the real one, for tests. */
  readonly supervise?: typeof superviseConsumer
}

interface BridgeSnapshot {
  /** Whether the bridge is a member of its group at present. */
  readonly joined: boolean
  /** By topic, since the start. */
  readonly messagesRead: Readonly<Record<string, number>>
  readonly open: Readonly<Record<string, TopicCounts>>
  readonly batchesAdded: number
  readonly batchesAddedAgain: number
  readonly commits: number
  /** When something was last read or recorded, Unix ms; the start, before that. */
  readonly lastProgressAt: number
}

export interface Bridge {
  /** Reads no more, commits what is recorded, and leaves the group; within 5 s. */
  stop(): Promise<void>
  snapshot(): BridgeSnapshot
}

const defaultLimits: Limits = { unrecorded: 8, ungamified: 64 }

/** PostgreSQL is asked so often while batches are open; the slower, the longer nothing changes. In ms. */
const marksMs = { least: 50, most: 500 }
const commitMs = 250
/** A topic of which something was read within this time is live, unless it is far behind. In ms. */
const liveMs = 10_000
/** How often jobs are looked for that have left Redis. */
const lookMs = 5_000
/** A batch unrecorded for so long is added again, wherever its job may be. */
const overdueMs = 60_000
/** How long a stop waits: for what is in Redis to be recorded, for questions under way, for the commit. */
const graceMs = { recorded: 2_000, questions: 500, commit: 1_000 }

/** Moves messages from Kafka to normalization jobs, and commits behind PostgreSQL. */
export function startBridge(options: BridgeOptions): Bridge {
  return new RunningBridge(options)
}

class RunningBridge implements Bridge, ConsumerHandlers {
  readonly #ports: BridgePorts
  readonly #log: Log
  readonly #progress: Progress
  readonly #consumer: ReturnType<typeof superviseConsumer>
  readonly #marking: Pulse
  readonly #looking: Pulse
  readonly #adding: Backoff
  readonly #committing: Backoff
  readonly #messagesRead = new Map<string, number>()
  /** By topic, Unix ms. */
  readonly #lastReadAt = new Map<string, number>()
  #session: ConsumerSession | null = null
  /** As kafkajs knows it. */
  #paused = new Map<string, TopicPartition>()
  /** Topics whose batches are being added right now. */
  readonly #pumping = new Set<string>()
  #commitInFlight: Promise<void> | null = null
  #marksMs = marksMs.least
  #stopped: Promise<void> | null = null
  /** Nothing new is read or added. */
  #stopping = false
  /** Nothing is waited for any more. */
  #closed = false
  #batchesAdded = 0
  #batchesAddedAgain = 0
  #commits = 0
  #lastCommitAt = 0
  #lastProgressAt = Date.now()

  constructor(options: BridgeOptions) {
    const { ports, log, limits = defaultLimits, supervise = superviseConsumer } = options
    this.#ports = ports
    this.#log = log
    this.#progress = new Progress(limits)
    this.#adding = new Backoff('adding jobs to Redis', log)
    this.#committing = new Backoff('committing to Kafka', log)
    this.#marking = new Pulse(() => this.#mark(), new Backoff('asking PostgreSQL what is recorded', log))
    this.#looking = new Pulse(() => this.#look(), new Backoff('looking for lost jobs', log))
    this.#marking.within(marksMs.most)
    this.#looking.within(lookMs)
    this.#consumer = supervise({ ...options, handlers: this })
  }

  assigned(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    if (session !== this.#session) this.#paused.clear()
    this.#session = session
    for (const position of this.#progress.assign(session.clusterId, partitions)) session.seek(position)
    this.#log.info({ partitions: partitions.map(nameOf) }, 'reading from Kafka')
    this.#balance()
  }

  read(read: Read): void {
    if (this.#stopping) return
    const { topic, partition, records } = read
    const outcome = this.#progress.read(read)
    if (outcome === 'not ours') return
    if (outcome === 'began again')
      this.#log.warn({ topic, partition, offset: records[0]?.offset }, 'a partition begins again')
    this.#messagesRead.set(topic, (this.#messagesRead.get(topic) ?? 0) + records.length)
    this.#lastProgressAt = Date.now()
    this.#lastReadAt.set(topic, this.#lastProgressAt)
    void this.#pump(topic)
    this.#balance()
  }

  ended(): void {
    this.#session = null
    this.#paused.clear()
    this.#progress.forget()
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    await this.#stopped
  }

  snapshot(): BridgeSnapshot {
    return {
      joined: this.#session !== null,
      messagesRead: Object.fromEntries(this.#messagesRead),
      open: Object.fromEntries(this.#progress.counts()),
      batchesAdded: this.#batchesAdded,
      batchesAddedAgain: this.#batchesAddedAgain,
      commits: this.#commits,
      lastProgressAt: this.#lastProgressAt,
    }
  }

  async #stop(): Promise<void> {
    this.#stopping = true
    this.#balance()
    const deadline = Date.now() + graceMs.recorded
    this.#marking.within(0)
    while (this.#anyUnrecorded() && Date.now() < deadline) await delay(20)
    this.#closed = true
    await atMost(graceMs.questions, Promise.all([this.#marking.stop(), this.#looking.stop()]))
    // A commit may be under way with less than is recorded by now.
    await atMost(
      graceMs.commit,
      this.#commit().then(() => this.#commit()),
    )
    await this.#consumer.stop()
  }

  /** Makes jobs of what waits in a topic, as far as its limits allow; one round of a topic at a time. */
  async #pump(topic: string): Promise<void> {
    if (this.#pumping.has(topic)) return
    this.#pumping.add(topic)
    while (!this.#stopping) {
      const jobs = this.#progress.take(topic, this.#yields(topic))
      if (jobs.length === 0) break
      this.#batchesAdded += jobs.length
      await this.#add(jobs)
    }
    this.#pumping.delete(topic)
    this.#balance()
  }

  /** Whether a topic is far behind while another one is live: then its jobs must not be what that one waits for. */
  #yields(topic: string): boolean {
    if (!this.#progress.isFarBehind(topic)) return false
    const since = Date.now() - liveMs
    return [...this.#lastReadAt].some(
      ([other, at]) => other !== topic && at > since && !this.#progress.isFarBehind(other),
    )
  }

  /** Returns when Redis has the jobs, or when nobody wants them any more. */
  async #add(jobs: readonly Job[]): Promise<void> {
    while (!this.#closed) {
      const wanted = this.#progress.wanted(jobs)
      if (wanted.length === 0) return
      try {
        await this.#ports.add(wanted)
      } catch (error) {
        await delay(this.#adding.failed(error))
        continue
      }
      this.#adding.succeeded()
      this.#progress.added(wanted, Date.now())
      this.#marksMs = marksMs.least
      this.#marking.within(marksMs.least)
      return
    }
  }

  /** Holds the partitions of which enough waits, and no others; all of them when stopping. */
  #balance(): void {
    const session = this.#session
    if (!session) return
    const held = this.#stopping ? this.#progress.assigned() : this.#progress.full()
    const wanted = new Map(held.map((partition) => [nameOf(partition), partition]))
    const pause = [...wanted].filter(([name]) => !this.#paused.has(name))
    const resume = [...this.#paused].filter(([name]) => !wanted.has(name))
    if (pause.length > 0) session.pause(pause.map(([, partition]) => partition))
    if (resume.length > 0) session.resume(resume.map(([, partition]) => partition))
    this.#paused = wanted
  }

  /** Asks PostgreSQL about the open batches. @returns in how many ms to ask again. */
  async #mark(): Promise<number> {
    const keys = this.#progress.keys()
    if (keys.length > 0) {
      const changed = this.#apply(await this.#ports.marks(keys))
      this.#marksMs = changed ? marksMs.least : Math.min(marksMs.most, this.#marksMs * 2)
    }
    const due = !this.#anyUnrecorded() || Date.now() - this.#lastCommitAt >= commitMs
    if (due && this.#progress.committable().length > 0) void this.#commit()
    return keys.length > 0 ? this.#marksMs : marksMs.most
  }

  #apply(marks: Marks): boolean {
    const changed = this.#progress.mark(marks)
    if (changed) {
      this.#lastProgressAt = Date.now()
      for (const topic of this.#progress.counts().keys()) void this.#pump(topic)
    }
    return changed
  }

  /** Commits what PostgreSQL has recorded; one commit at a time. */
  #commit(): Promise<void> {
    const commit = async (session: ConsumerSession) => {
      const offsets = this.#progress.committable()
      if (offsets.length === 0) return
      this.#lastCommitAt = Date.now()
      try {
        await session.commit(offsets)
      } catch (error) {
        this.#committing.failed(error)
        return
      }
      this.#committing.succeeded()
      this.#commits += 1
      if (session === this.#session) this.#progress.committed(offsets)
    }
    if (!this.#session) return Promise.resolve()
    this.#commitInFlight ??= commit(this.#session).finally(() => {
      this.#commitInFlight = null
    })
    return this.#commitInFlight
  }

  /** Adds again what has left Redis unrecorded, or has taken too long. @returns in how many ms to look again. */
  async #look(): Promise<number> {
    const given = this.#progress.unrecorded(Date.now())
    if (given.length === 0) return lookMs
    const jobs = given.map(({ batch, attempt }) => ({ key: batch.key, attempt }))
    const [missing, paused] = await Promise.all([this.#ports.missing(jobs), this.#ports.paused()])
    const gone = new Set(missing)
    const overdue = new Set(this.#progress.unrecorded(Date.now() - overdueMs).map(({ batch }) => batch.key))
    // Time in which the queue is paused does not count.
    if (paused) this.#progress.added(given, Date.now())
    const lost = given.filter(({ batch: { key } }) => gone.has(key) || (overdue.has(key) && !paused))
    if (lost.length === 0) return lookMs
    // A job may have left Redis because it is done: PostgreSQL knows, and is asked after Redis.
    this.#apply(await this.#ports.marks(lost.map(({ batch }) => batch.key)))
    const again = this.#progress.again(lost)
    if (again.length > 0) {
      const batches = again.map(({ batch, attempt }) => ({ key: batch.key, attempt }))
      this.#log.warn({ batches }, 'jobs were lost or took too long; added again')
      this.#batchesAddedAgain += again.length
      await this.#add(again)
    }
    return lookMs
  }

  #anyUnrecorded(): boolean {
    return [...this.#progress.counts().values()].some(({ unrecorded }) => unrecorded > 0)
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** Not that of node:timers/promises, which a test's clock does not move. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits for something, but no longer than so many ms. */
async function atMost(ms: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([something, limit])
  clearTimeout(timer)
}
