import type { BulkJobOptions } from 'bullmq'
import type { Batch } from '#domain/message.ts'
import type { Standing } from '#domain/outcome.ts'
import type { Queues } from './queues.ts'

/** A stage's job names its batch; the events are in PostgreSQL. */
export interface StageJob {
  readonly batch: number
}

export interface RankedStanding extends Standing {
  readonly customerId: number
  readonly revision: number
}

export interface LeaderboardsJob {
  /** At least one. */
  readonly batches: readonly number[]
  /** What changed; absent where it is to be read from PostgreSQL. */
  readonly standings?: readonly RankedStanding[]
}

/** What `failed-events` shows of a failure. Only `fix` is read back. */
export interface FailedEventJob {
  /** The event, as JSON where it is JSON: correct it here. */
  readonly fix: unknown
  readonly info: {
    readonly failure: number
    readonly stage: string
    readonly code: string
    readonly pointer: string
    readonly expected: string
    readonly got: string
    readonly from: string
    readonly source: string
    readonly attempts: number
    readonly sameCause: number
    readonly retryHelps: string
    /** What is thrown when the job first runs: it then stands in the list of failed jobs with this reason. */
    readonly reason: string
  }
}

/** What the maintenance pool does by the clock. */
export type ScheduledJob = 'sweep' | 'advance' | 'settle' | 'audit' | 'retain'

/** What it does once for a publication. */
export interface RefoldJob {
  readonly version: number
}

type Labelled = Pick<Batch, 'topic' | 'partition'> & {
  readonly firstOffset: string | number
  readonly lastOffset: string | number
  readonly messages: number
}

/** `billing-events/2 · 1200–1699 · 500`: how a batch's jobs are named on the board. */
export function batchLabel({ topic, partition, firstOffset, lastOffset, messages }: Labelled): string {
  const range = firstOffset === lastOffset ? firstOffset : `${firstOffset}–${lastOffset}`
  return `${topic}/${partition} · ${range} · ${messages}`
}

/** A job that is added again needs an id of its own: one that Redis still knows would be ignored. */
function normalizationId(key: string, attempt: number): string {
  return `${key}/${attempt}`
}

function stageId(batch: number): string {
  return `batch-${batch}`
}

/** Adds the jobs of batches that were read from Kafka. Adding one twice adds it once. */
export async function addBatches(
  queues: Queues,
  batches: readonly { readonly batch: Batch; readonly attempt: number }[],
): Promise<void> {
  // Else the attempts of batches that nobody works on would pile up in Redis, each with its messages.
  for (const { batch, attempt } of batches) {
    if (attempt > 0) await queues.normalization.remove(normalizationId(batch.key, attempt - 1))
  }
  await queues.normalization.addBulk(
    batches.map(({ batch, attempt }) => ({
      name: batchLabel({
        ...batch,
        firstOffset: batch.messages[0]?.offset ?? '',
        lastOffset: batch.messages.at(-1)?.offset ?? '',
        messages: batch.messages.length,
      }),
      data: batch,
      opts: { jobId: normalizationId(batch.key, attempt) },
    })),
  )
}

/** Of the given batches, the keys of those whose job Redis no longer has, or has given up. */
export async function missingBatches(
  queues: Queues,
  jobs: readonly { readonly key: string; readonly attempt: number }[],
): Promise<readonly string[]> {
  const states = await Promise.all(
    jobs.map(({ key, attempt }) => queues.normalization.getJobState(normalizationId(key, attempt))),
  )
  return jobs.filter((_, i) => ['unknown', 'completed', 'failed'].includes(states[i]!)).map(({ key }) => key)
}

/** Adds a recorded batch's jobs of the stages after normalization. */
export async function addStages(queues: Queues, batch: number, label: string): Promise<void> {
  const options: BulkJobOptions = { jobId: stageId(batch) }
  const data: StageJob = { batch }
  await Promise.all([queues.scoring.add(label, data, options), queues.gamification.add(label, data, options)])
}

export async function addLeaderboards(queues: Queues, label: string, job: LeaderboardsJob): Promise<void> {
  await queues.leaderboards.add(label, job, { jobId: stageId(job.batches[0]!) })
}

/**
 * Gives an overdue batch its job of one stage again, unless Redis still has it in a state that will run. A
 * job that failed for good is tried again: its fault may have passed, and the batch must not be forgotten.
 */
export async function ensureStage(
  queues: Queues,
  stage: 'scoring' | 'gamification' | 'leaderboards',
  batch: number,
  label: string,
): Promise<boolean> {
  const queue = queues[stage]
  const id = stageId(batch)
  const state = await queue.getJobState(id)
  if (state === 'failed' || state === 'completed') await queue.remove(id)
  else if (state !== 'unknown') return false
  const data: StageJob | LeaderboardsJob = stage === 'leaderboards' ? { batches: [batch] } : { batch }
  await queue.add(label, data, { jobId: id })
  return true
}

/** Gives a publication that changes the past its job, unless Redis still has it in a state that will run. */
export async function ensureRefold(queues: Queues, version: number): Promise<boolean> {
  const id = `refold-${version}`
  const state = await queues.maintenance.getJobState(id)
  if (state === 'failed' || state === 'completed') await queues.maintenance.remove(id)
  else if (state !== 'unknown') return false
  await queues.maintenance.add(`refold · version ${version}`, { version } satisfies RefoldJob, { jobId: id })
  return true
}

/** The name of the jobs of delivery that tell of bundles; the others tell of rejects. */
export const BUNDLES = 'bundles'

/**
 * Has the outbox emptied. Adding it again while such a job waits adds nothing; while one is at work, it has one
 * more after it, since that one may have seen all that it will.
 */
export async function addDelivery(queues: Queues): Promise<void> {
  await queues.delivery.add('rejects', {}, { deduplication: { id: 'rejects', keepLastIfActive: true } })
}

/** Has whoever delivers bundles told of those that wait; again and again as `addDelivery` does. */
export async function addBundles(queues: Queues): Promise<void> {
  await queues.delivery.add(BUNDLES, {}, { deduplication: { id: BUNDLES, keepLastIfActive: true } })
}

export async function addFailedEvents(
  queues: Queues,
  jobs: readonly { readonly id: string; readonly name: string; readonly data: FailedEventJob }[],
): Promise<void> {
  await queues['failed-events'].addBulk(
    jobs.map(({ id, name, data }) => ({ name, data, opts: { jobId: id } })),
  )
}

/** Of the given jobs of failed-events, those that Redis no longer has. */
export async function removedFailedEvents<Shown extends { readonly job: string }>(
  queues: Queues,
  shown: readonly Shown[],
): Promise<readonly Shown[]> {
  const states = await Promise.all(shown.map(({ job }) => queues['failed-events'].getJobState(job)))
  return shown.filter((_, i) => states[i] === 'unknown')
}

/** Takes jobs of failed-events away, where Redis has them and nobody is at work on them. */
export async function removeFailedEvents(queues: Queues, jobs: readonly string[]): Promise<void> {
  await Promise.all(jobs.map((job) => queues['failed-events'].remove(job)))
}
