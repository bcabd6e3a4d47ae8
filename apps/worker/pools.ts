import type { Batch } from '#domain/message.ts'
import type { Context } from '#pipeline/context.ts'
import { failedEvent } from '#pipeline/failed-events.ts'
import { retryFailure } from '#pipeline/retry.ts'
import { runGamification, runLeaderboards, runNormalization, runScoring } from '#pipeline/stages.ts'
import { sweep } from '#pipeline/sweeper.ts'
import type { FailedEventJob, LeaderboardsJob, MaintenanceJob, StageJob } from '#queue/jobs.ts'
import type { QueueName } from '#queue/queues.ts'
import { type Job, UnrecoverableError } from '#queue/worker.ts'

/** A pool is the workers of one queue. */
export interface Pool {
  /** Jobs in hand at once, unless told otherwise. */
  readonly concurrency: number
  readonly run: (context: Context, job: Job) => Promise<unknown>
}

/** What each pool does with a job; what it returns stands on the job in Bull Board. */
export const POOLS: Readonly<Record<QueueName, Pool>> = {
  normalization: {
    concurrency: 2,
    run: async (context, job: Job<Batch>) => {
      // An error that came before will come again: then the guilty event is looked for.
      const { batch, accepted, verdicts } = await runNormalization(context, job.data, job.attemptsMade >= 1)
      return { batch, messages: verdicts.length, accepted }
    },
  },
  scoring: {
    concurrency: 2,
    run: (context, job: Job<StageJob>) => runScoring(context, job.data.batch),
  },
  gamification: {
    concurrency: 2,
    run: (context, job: Job<StageJob>) => runGamification(context, job.data.batch, job.name),
  },
  leaderboards: {
    concurrency: 1,
    run: (context, job: Job<LeaderboardsJob>) => runLeaderboards(context, job.data),
  },
  'failed-events': { concurrency: 4, run: runFailedEvent },
  maintenance: {
    concurrency: 1,
    run: (context, job) => MAINTENANCE[job.name as MaintenanceJob](context),
  },
}

const MAINTENANCE: Readonly<Record<MaintenanceJob, (context: Context) => Promise<unknown>>> = {
  sweep,
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
