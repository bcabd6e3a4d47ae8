import type { Batch } from '#domain/message.ts'
import { advanceDue } from '#pipeline/advancement.ts'
import { audit, describeDifference } from '#pipeline/audit.ts'
import { deliverBundles } from '#pipeline/bundles.ts'
import type { Context } from '#pipeline/context.ts'
import type { Destination } from '#pipeline/drain.ts'
import { failedEvent } from '#pipeline/failed-events.ts'
import { refoldHistory } from '#pipeline/history.ts'
import { deliverRejects } from '#pipeline/rejects.ts'
import { retain } from '#pipeline/retention.ts'
import { retryFailure } from '#pipeline/retry.ts'
import { settleDue } from '#pipeline/settlement.ts'
import { runGamification, runLeaderboards, runNormalization, runScoring } from '#pipeline/stages.ts'
import { sweep } from '#pipeline/sweeper.ts'
import {
  BUNDLES,
  type FailedEventJob,
  type LeaderboardsJob,
  type RefoldJob,
  type ScheduledJob,
  type StageJob,
} from '#queue/jobs.ts'
import type { QueueName } from '#queue/queues.ts'
import { type Job, UnrecoverableError } from '#queue/worker.ts'
import type { Refold } from '#store/programs.ts'

/** A pool is the workers of one queue. */
export interface Pool {
  /** Jobs in hand at once, unless told otherwise. */
  readonly concurrency: number
  /** Jobs a second at most, by all its workers; undefined for as many as there are. */
  readonly rate?: number
  /** How long a job may take, ms; undefined where it shows its progress instead. */
  readonly deadline: number | undefined
  /** How long a job waits at most for what will pass by itself, ms; some seconds unless told otherwise. */
  readonly longestPause?: number
  readonly run: (context: WorkerContext, job: Job) => Promise<unknown>
}

/** What a pool works with. */
export interface WorkerContext extends Context {
  /** Absent where producers are not told of rejects. */
  readonly rejects: Destination | undefined
  /** Absent where nobody is told of bundles. */
  readonly rewards: Destination | undefined
}

/**
 * Twice what PostgreSQL gives a statement: only what hangs takes so long, such as a connection that a firewall
 * dropped silently. The job then uses up an attempt and is run again on another one.
 */
const DEADLINE = 60_000

/** Showing a thousand failures at once would be a jolt for live traffic. */
const SHOWN_A_SECOND = 200

/** What each pool does with a job; what it returns stands on the job in Bull Board. */
export const POOLS: Readonly<Record<QueueName, Pool>> = {
  normalization: {
    concurrency: 2,
    deadline: DEADLINE,
    run: async (context, job: Job<Batch>) => {
      // An error that came before will come again: then the guilty event is looked for.
      const { batch, accepted, verdicts } = await runNormalization(
        context,
        job.data,
        job.attemptsMade >= 1,
        job.stalledCounter,
      )
      return { batch, messages: verdicts.length, accepted }
    },
  },
  // One at a time: it takes along what waits. Two would wait for each other's customers, and meet events late that
  // the other has in hand.
  scoring: {
    concurrency: 1,
    deadline: DEADLINE,
    run: (context, job: Job<StageJob>) => runScoring(context, job.data.batch),
  },
  gamification: {
    concurrency: 1,
    deadline: DEADLINE,
    run: (context, job: Job<StageJob>) =>
      runGamification(context, job.data.batch, job.name, job.stalledCounter),
  },
  leaderboards: {
    concurrency: 1,
    deadline: DEADLINE,
    run: (context, job: Job<LeaderboardsJob>) => runLeaderboards(context, job.data),
  },
  delivery: {
    concurrency: 1,
    deadline: DEADLINE,
    // A topic may be missing for weeks: no need to ask, and to say so in the log, every few seconds.
    longestPause: 30_000,
    run: async (context, job) => ({ delivered: await deliver(context, job.name === BUNDLES) }),
  },
  'failed-events': { concurrency: 4, rate: SHOWN_A_SECOND, deadline: DEADLINE, run: runFailedEvent },
  // More than one at once: a publication that counts history must not keep the sweeper waiting.
  maintenance: { concurrency: 3, deadline: undefined, run: runMaintenance },
}

async function deliver(context: WorkerContext, isOfBundles: boolean): Promise<number> {
  const { rejects, rewards } = context
  if (isOfBundles) return rewards ? deliverBundles(context, rewards) : 0
  return rejects ? deliverRejects(context, rejects) : 0
}

const SCHEDULED: Readonly<Record<ScheduledJob, (context: Context, job: Job) => Promise<unknown>>> = {
  sweep,
  advance: async (context) => ({ customers: await advanceDue(context) }),
  settle: (context) => settleDue(context),
  audit: runAudit,
  retain: async (context) => ({ settled: await retain(context, context.retentionDays, Date.now()) }),
}

function runMaintenance(context: Context, job: Job): Promise<unknown> {
  const scheduled = SCHEDULED[job.name as ScheduledJob] as (typeof SCHEDULED)[ScheduledJob] | undefined
  return scheduled ? scheduled(context, job) : runRefold(context, job)
}

/** Its progress is how Bull Board shows how far it is; what is done stays done when it is run again. */
function runRefold(context: Context, job: Job<RefoldJob>): Promise<unknown> {
  const progress = async ({ done, total, changed }: Refold) => {
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100)
    await job.updateProgress({ percent, done, total, changed })
  }
  return refoldHistory(context, job.data.version, progress, job.stalledCounter)
}

const AUDITED = 1_000

/** A sample each night: a difference fails the job, which lists them in its log. */
async function runAudit(context: Context, job: Job): Promise<unknown> {
  const { customers, skipped, differences } = await audit(
    context,
    { sample: AUDITED },
    async (difference) => {
      await job.log(describeDifference(difference))
    },
  )
  context.metrics.auditDifferences.set(differences.length)
  if (differences.length > 0) {
    throw readable(
      `${differences.length} differences between what is stored and what the events come to: see the log of this ` +
        'job, and npx laurel audit --all',
    )
  }
  return { customers, skipped }
}

/**
 * The first run shows the failure: it fails at once with the stored reason, and so stands in Bull Board.
 * Every later one is a person's retry, and real. A job that has failed keeps its trace through every kind of
 * retry, while its counters may be reset, and also grow when a worker dies.
 */
async function runFailedEvent(context: Context, job: Job<FailedEventJob>): Promise<unknown> {
  const { fix, info } = job.data
  if (!job.stacktrace?.length) throw readable(info.reason)
  const outcome = await retryFailure(context, info.failure, fix)
  if (!outcome.counted) {
    await job.log(`${new Date().toISOString()} retried: ${outcome.reason}`)
    await job.updateData((await failedEvent(context, info.failure)) ?? job.data)
    throw readable(outcome.reason)
  }
  const words = outcome.was === 'new' ? 'it counts now' : 'it had been counted before'
  await job.log(`${new Date().toISOString()} retried: ${words}, as event ${outcome.event}`)
  return { event: outcome.event, outcome: words }
}

/** What an operator reads: where in Laurel it was thrown would only stand in the way of each run's reason. */
function readable(reason: string): UnrecoverableError {
  const error = new UnrecoverableError(reason)
  error.stack = `${reason}\n`
  return error
}
