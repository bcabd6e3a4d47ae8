import type { MaintenanceJob } from './jobs.ts'
import type { Queues } from './queues.ts'

/** What runs by the clock, and how often, ms. */
const SCHEDULE: Readonly<Record<MaintenanceJob, number>> = { sweep: 5_000 }

/**
 * Says again what runs by the clock: Redis may have forgotten it, so every worker repeats this every few
 * seconds. Saying it twice changes nothing.
 */
export async function assertSchedule(queues: Queues): Promise<void> {
  for (const [name, every] of Object.entries(SCHEDULE)) {
    await queues.maintenance.upsertJobScheduler(name, { every }, { name })
  }
}
