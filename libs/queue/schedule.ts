import type { RepeatOptions } from 'bullmq'
import type { ScheduledJob } from './jobs.ts'
import type { Queues } from './queues.ts'

/** What runs by the clock: how often, ms, or when (cron, in the zone of the process). */
const SCHEDULE: Readonly<Record<ScheduledJob, RepeatOptions>> = {
  sweep: { every: 5_000 },
  advance: { every: 15_000 },
  settle: { every: 15_000 },
  audit: { pattern: '20 3 * * *' },
  retain: { pattern: '40 3 * * *' },
}

/**
 * Says again what runs by the clock: Redis may have forgotten it, so every worker repeats this every few
 * seconds. Saying it twice changes nothing.
 */
export async function assertSchedule(queues: Queues): Promise<void> {
  for (const [name, repeat] of Object.entries(SCHEDULE)) {
    if (await isOutOfReach(queues, name, repeat)) await queues.maintenance.removeJobScheduler(name)
    await queues.maintenance.upsertJobScheduler(name, repeat, { name })
  }
}

/**
 * A worker whose clock is fast sets the next run by it. Once that worker is gone, or its clock put right, nobody
 * would run it until all others' clocks have come so far.
 */
async function isOutOfReach(queues: Queues, name: string, { every }: RepeatOptions): Promise<boolean> {
  if (every === undefined) return false
  const next = (await queues.maintenance.getJobScheduler(name))?.next
  return next !== undefined && next > Date.now() + 2 * every
}
