import { batchLabel, ensureStage } from '#queue/jobs.ts'
import { overdueBatches } from '#store/batches.ts'
import type { Context } from './context.ts'
import { showFailures } from './failed-events.ts'
import { rebuildLeaderboards } from './leaderboards.ts'

/** A batch is overdue when a stage has not marked it for so many seconds. */
const OVERDUE = 10
const MOST_AT_ONCE = 500

export interface Swept {
  /** Jobs that were added again. */
  readonly jobs: number
  readonly failures: number
  readonly rebuilt: boolean
}

/**
 * Heals whatever broke between a commit and what should have followed it: a process that was killed there,
 * or a Redis that was emptied. Does nothing where nothing is missing.
 */
export async function sweep(context: Context): Promise<Swept> {
  const { database, queues, leaderboards } = context
  let jobs = 0
  for (const batch of await overdueBatches(database.sql, OVERDUE, MOST_AT_ONCE)) {
    const label = batchLabel({ ...batch, messages: batch.events })
    if (!batch.scored && (await ensureStage(queues, 'scoring', batch.id, label))) jobs++
    if (!batch.gamified && (await ensureStage(queues, 'gamification', batch.id, label))) jobs++
    if (batch.gamified && !batch.ranked && (await ensureStage(queues, 'leaderboards', batch.id, label)))
      jobs++
  }
  const failures = await showFailures(context)
  const rebuilt = !(await leaderboards.complete.isSet())
  if (rebuilt) await rebuildLeaderboards(context)
  return { jobs, failures, rebuilt }
}
