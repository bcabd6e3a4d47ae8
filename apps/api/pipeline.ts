import type { RequestHandler } from 'express'
import { firstLine } from '#domain/condition.ts'
import type { Context } from '#pipeline/context.ts'
import { pausedQueues, queueDepths } from '#queue/queues.ts'
import type { Metrics } from '#runtime/metrics.ts'
import { batchProgress, type RecordedSums } from '#store/batches.ts'
import type { Sql } from '#store/database.ts'
import { countNewCauses, openFailuresByCode } from '#store/failures.ts'
import { type OutboxState, outboxState } from '#store/outbox.ts'
import { type RewardsState, rewardsState } from '#store/rewards.ts'
import type { PartitionLag } from '#stream/admin.ts'
import { answer } from './answer.ts'
import { Cached } from './cached.ts'
import { unavailable } from './problem.ts'
import type { PipelineStatus } from './schema.ts'

/** Seconds for which a cause of failures counts as new. */
const NEW = 3_600

/** How the pipeline is doing; each part is read at most once a second, however many ask. */
export class Pipeline {
  readonly #progress: Cached<Progress>
  readonly #failures: Cached<Readonly<Record<string, number>>>
  readonly #lag: Cached<readonly PartitionLag[]>
  readonly #newCauses: Cached<number>
  readonly #outbox: Cached<OutboxState>
  readonly #rewards: Cached<RewardsState>
  readonly #queues: Cached<Readonly<Record<string, Readonly<Record<string, number>>>>>
  readonly #paused: Cached<Readonly<Record<string, boolean>>>

  constructor({ database, queues }: Context, readLag: () => Promise<readonly PartitionLag[]>) {
    const totals = new Totals(database.sql)
    this.#progress = new Cached(() => totals.read())
    this.#failures = new Cached(() => openFailuresByCode(database.sql))
    this.#lag = new Cached(readLag)
    this.#newCauses = new Cached(() => countNewCauses(database.sql, NEW))
    this.#outbox = new Cached(() => outboxState(database.sql))
    this.#rewards = new Cached(() => rewardsState(database.sql))
    this.#queues = new Cached(() => queueDepths(queues))
    this.#paused = new Cached(() => pausedQueues(queues))
  }

  /** GET /v1/pipeline */
  show(): RequestHandler {
    return answer(() => this.#status())
  }

  async #status(): Promise<PipelineStatus> {
    const unknown: Record<string, string> = {}
    const orNull = async <T>(name: string, part: Cached<T>): Promise<T | null> => {
      try {
        return await part.get()
      } catch (error) {
        unknown[name] = firstLine(error)
        return null
      }
    }
    const [progress, failures, lag, queues] = await Promise.all([
      this.#progress.get().catch(withoutStore),
      this.#failures.get().catch(withoutStore),
      orNull('lag', this.#lag),
      orNull('queues', this.#queues),
    ])
    return {
      at: new Date().toISOString(),
      events: progress.events,
      openBatches: progress.openBatches,
      oldestOpenSeconds: secondsSince(progress.oldestOpen),
      failures: { ...failures },
      lag:
        lag?.map(({ topic, partition, lag: behind, committed, high }) => ({
          topic,
          partition,
          lag: behind,
          committed,
          end: high,
        })) ?? null,
      queues: queues && structuredClone(queues),
      unknown,
    }
  }

  /** Numbers that are asked for when metrics are read; one that is not to be had is left out. */
  measure(metrics: Metrics): void {
    metrics.gauge(
      'laurel_kafka_lag',
      'Records that the bridge has yet to commit.',
      ['topic', 'partition'],
      async (gauge) => {
        gauge.reset()
        for (const { topic, partition, lag } of await this.#lag.get().catch(() => [])) {
          gauge.set({ topic, partition: String(partition) }, lag)
        }
      },
    )
    metrics.gauge(
      'laurel_oldest_waiting_seconds',
      'Age of the oldest recorded batch that scoring or gamification has yet to see; 0 where none waits.',
      [],
      async (gauge) => {
        const progress = await this.#progress.get().catch(() => undefined)
        gauge.reset()
        gauge.set(progress ? (secondsSince(progress.oldestOpen) ?? 0) : Number.NaN)
      },
    )
    metrics.gauge('laurel_open_failures', 'Open failures, by code.', ['code'], async (gauge) => {
      const failures = await this.#failures.get().catch(() => ({}))
      gauge.reset()
      for (const [code, count] of Object.entries(failures)) gauge.set({ code }, count)
    })
    metrics.gauge('laurel_queue_jobs', 'Jobs, by queue and state.', ['queue', 'state'], async (gauge) => {
      const queues = await this.#queues.get().catch(() => ({}))
      gauge.reset()
      for (const [queue, depths] of Object.entries(queues)) {
        for (const [state, jobs] of Object.entries(depths)) gauge.set({ queue, state }, jobs)
      }
    })
    metrics.gauge('laurel_queue_paused', '1 while somebody has paused a queue.', ['queue'], async (gauge) => {
      const paused = await this.#paused.get().catch(() => ({}))
      gauge.reset()
      for (const [queue, isPaused] of Object.entries(paused)) gauge.set({ queue }, isPaused ? 1 : 0)
    })
    metrics.gauge(
      'laurel_new_causes',
      'Kinds of failures first seen in the last hour.',
      [],
      async (gauge) => {
        const causes = await this.#newCauses.get().catch(() => Number.NaN)
        gauge.reset()
        gauge.set(causes)
      },
    )
    metrics.gauge(
      'laurel_outbox_waiting',
      'Rejects that producers are still to be told of.',
      [],
      async (gauge) => {
        const outbox = await this.#outbox.get().catch(() => undefined)
        gauge.reset()
        gauge.set(outbox?.waiting ?? Number.NaN)
      },
    )
    metrics.gauge(
      'laurel_outbox_oldest_seconds',
      'Age of the oldest reject that its producer is still to be told of; 0 where none waits.',
      [],
      async (gauge) => {
        const outbox = await this.#outbox.get().catch(() => undefined)
        gauge.reset()
        gauge.set(outbox ? (secondsSince(outbox.oldest) ?? 0) : Number.NaN)
      },
    )
    metrics.gauge(
      'laurel_bundles_waiting',
      'Bundles that whoever delivers them is still to be told of.',
      [],
      async (gauge) => {
        const rewards = await this.#rewards.get().catch(() => undefined)
        gauge.reset()
        gauge.set(rewards?.waiting ?? Number.NaN)
      },
    )
    metrics.gauge(
      'laurel_bundles_oldest_seconds',
      'Age of the oldest bundle that is still to be told of; 0 where none waits.',
      [],
      async (gauge) => {
        const rewards = await this.#rewards.get().catch(() => undefined)
        gauge.reset()
        gauge.set(rewards ? (secondsSince(rewards.oldest) ?? 0) : Number.NaN)
      },
    )
  }
}

function withoutStore(error: unknown): never {
  throw unavailable('PostgreSQL does not answer: ask again in a moment', error)
}

function secondsSince(instant: number | null): number | null {
  return instant === null ? null : Math.max(0, Date.now() - instant) / 1_000
}

interface Progress {
  readonly events: PipelineStatus['events']
  readonly openBatches: number
  /** Unix ms. */
  readonly oldestOpen: number | null
}

const NONE: RecordedSums = { batches: 0, messages: 0, events: 0, duplicates: 0, failures: 0 }

/** Adds up batches: what is settled once, and the rest at every reading. */
class Totals {
  readonly #sql: Sql
  #settled = NONE
  #through = 0

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** One at a time: two readings at once would add the same batches twice. */
  async read(): Promise<Progress> {
    const { settled, through, recent, open } = await batchProgress(this.#sql, this.#through)
    this.#settled = add(this.#settled, settled)
    this.#through = through
    const { events, duplicates, failures } = add(this.#settled, recent)
    return {
      events: {
        recorded: events,
        scored: events - open.unscored,
        gamified: events - open.ungamified,
        duplicates,
        failed: failures,
      },
      openBatches: open.batches,
      oldestOpen: open.oldest,
    }
  }
}

function add(a: RecordedSums, b: RecordedSums): RecordedSums {
  return {
    batches: a.batches + b.batches,
    messages: a.messages + b.messages,
    events: a.events + b.events,
    duplicates: a.duplicates + b.duplicates,
    failures: a.failures + b.failures,
  }
}
