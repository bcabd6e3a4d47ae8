import { batchLabel, ensureStage } from '#queue/jobs.ts'
import { overdueBatches } from '#store/batches.ts'
import { ensureBundles } from './bundles.ts'
import type { Context } from './context.ts'
import { makeRoom, showFailures } from './failed-events.ts'
import { ensureRefolds } from './history.ts'
import { rebuildLeaderboards } from './leaderboards.ts'
import { ensureDelivery } from './rejects.ts'

/** A batch is overdue when a stage has not marked it for so many seconds. */
const OVERDUE = 10
const PORTION = 500

export interface Swept {
  /** Jobs that were added again. */
  readonly jobs: number
  readonly failures: number
  readonly rebuilt: boolean
  /** Publications whose past is still to be folded again. */
  readonly refolds: number
  /** Whether rejects wait to be delivered. */
  readonly rejects: boolean
  /** Whether bundles wait to be told of. */
  readonly bundles: boolean
}

/**
 * Heals whatever broke between a commit and what should have followed it: a process that was killed there,
 * or a Redis that was emptied. Does nothing where nothing is missing.
 */
export async function sweep(context: Context): Promise<Swept> {
  const jobs = await ensureJobs(context)
  const rebuilt = !(await context.leaderboards.complete.isSet())
  if (rebuilt) await rebuildLeaderboards(context)
  await makeRoom(context)
  const refolds = await ensureRefolds(context)
  const rejects = await ensureDelivery(context)
  const bundles = await ensureBundles(context)
  return { jobs, rebuilt, refolds, rejects, bundles, failures: await showFailures(context) }
}

/** Gives overdue batches the jobs that they lack. All of them: the oldest may be stuck, and must not hide others. */
async function ensureJobs({ database, queues }: Context): Promise<number> {
  let jobs = 0
  let after = 0
  for (;;) {
    const batches = await overdueBatches(database.sql, OVERDUE, after, PORTION)
    for (const batch of batches) {
      const label = batchLabel({ ...batch, messages: batch.events })
      if (!batch.scored && (await ensureStage(queues, 'scoring', batch.id, label))) jobs++
      if (!batch.gamified && (await ensureStage(queues, 'gamification', batch.id, label))) jobs++
      if (batch.gamified && !batch.ranked && (await ensureStage(queues, 'leaderboards', batch.id, label)))
        jobs++
    }
    after = batches.at(-1)?.id ?? after
    if (batches.length < PORTION) return jobs
  }
}
