import type { QueueName } from '#queue/queues.ts'
import type { Job } from '#queue/worker.ts'
import type { Metrics } from '#runtime/metrics.ts'

/** Runs a job, and tells the metrics how long it had waited and how long the run took, however it ended. */
export async function timed<T>(
  { jobWait, jobRun }: Metrics,
  queue: QueueName,
  { attemptsStarted, timestamp, delay }: Pick<Job, 'attemptsStarted' | 'timestamp' | 'delay'>,
  run: () => Promise<T>,
): Promise<T> {
  // Later runs waited on purpose, or for a worker that died.
  if (attemptsStarted <= 1) jobWait.observe({ queue }, Math.max(0, Date.now() - timestamp - delay) / 1_000)
  const stop = jobRun.startTimer({ queue })
  try {
    return await run()
  } finally {
    stop()
  }
}
