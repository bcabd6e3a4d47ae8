import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { Late, within } from '#runtime/deadline.ts'
import type { QueueName } from './queues.ts'

export type { Job }
export { UnrecoverableError }

export interface WorkerOptions {
  readonly queue: QueueName
  readonly prefix: string
  /** Jobs in hand at once. */
  readonly concurrency: number
  /** Jobs a second at most, by all workers of the queue together; undefined for as many as there are. */
  readonly rate: number | undefined
  /** Done with each job; what it throws fails the job. The signal is aborted when the deadline has passed. */
  readonly run: (job: Job, signal: AbortSignal) => Promise<unknown>
  /** How long a job may take, ms: BullMQ itself waits for ever. Undefined for as long as it goes on. */
  readonly deadline: number | undefined
  /** Whether an error will pass by itself: such a job waits a little and uses up no attempt. */
  readonly isTransient: (error: unknown) => boolean
  /** How long it waits at most, ms; 5 s unless told otherwise. */
  readonly longestPause?: number | undefined
  readonly onError: (error: unknown, job: Job | undefined) => void
}

/** The only place that makes a BullMQ worker. */
export function startWorker(connection: Redis, options: WorkerOptions): Worker {
  const {
    queue,
    prefix,
    concurrency,
    rate,
    run,
    deadline,
    isTransient,
    longestPause = 5_000,
    onError,
  } = options
  const worker = new Worker(
    queue,
    async (job, token) => {
      const controller = new AbortController()
      try {
        const done = run(job, controller.signal)
        return await (deadline === undefined ? done : within(done, deadline))
      } catch (error) {
        if (error instanceof Late) controller.abort(error)
        // Said on purpose, whatever words of someone else's error it quotes.
        if (error instanceof UnrecoverableError || !isTransient(error)) throw error
        onError(error, job)
        // attemptsStarted counts the runs that used up no attempt, too.
        const pause = Math.min(200 * 2 ** Math.min(job.attemptsStarted - job.attemptsMade, 10), longestPause)
        await job.moveToDelayed(Date.now() + pause * (0.5 + Math.random() / 2), token)
        throw new DelayedError()
      }
    },
    {
      connection,
      prefix,
      concurrency,
      ...(rate !== undefined && { limiter: { max: rate, duration: 1_000 } }),
      // Two deaths, each seen within 20 s, come before the bridge gives a batch up for lost and adds it anew.
      lockDuration: 15_000,
      stalledInterval: 5_000,
      // A worker that is killed leaves its jobs stalled; only one that kills every worker may fail for it.
      maxStalledCount: 5,
      metrics: { maxDataPoints: 60 },
    },
  )
  worker.on('error', (error) => onError(error, undefined))
  worker.on('failed', (job, error) => onError(error, job))
  return worker
}
