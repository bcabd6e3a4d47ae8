import { type JobsOptions, Queue } from 'bullmq'
import type { Redis } from 'ioredis'

interface QueueSettings {
  readonly title: string
  /** What a failure there means, and whether Retry is safe: what an operator reads first. */
  readonly description: string
  /** Completed jobs that stay to be looked at. */
  readonly keep: number
  readonly attempts: number
}

/** The queues, in the order of an event's way. One pool of workers each. */
export const QUEUES = {
  normalization: {
    title: 'Normalization',
    description:
      'Batches of messages on their way into PostgreSQL. A bad event does not fail here: it goes to failed-events. ' +
      'A failed job is a fault of Laurel or its database; its messages are safe in Kafka. Retry is safe.',
    keep: 20,
    attempts: 4,
  },
  scoring: {
    title: 'Scoring',
    description:
      'Recorded batches on their way into the behaviour scores. A failed job is a fault; its events are safe in ' +
      'PostgreSQL. Retry is safe: a batch counts once.',
    keep: 100,
    attempts: 8,
  },
  gamification: {
    title: 'Gamification',
    description:
      'Recorded batches on their way into points, badges and missions. A failed job is a fault; its events are safe ' +
      'in PostgreSQL. Retry is safe: a batch counts once.',
    keep: 100,
    attempts: 8,
  },
  leaderboards: {
    title: 'Leaderboards',
    description:
      'Totals on their way into the leaderboards of Redis. A failed job leaves a board behind for a moment. ' +
      'Retry is safe; laurel leaderboard rebuild makes all boards anew from PostgreSQL.',
    keep: 100,
    attempts: 8,
  },
  delivery: {
    title: 'Delivery',
    description:
      'Tells producers of the messages that were refused (from the outbox in PostgreSQL to the topic of rejects), and ' +
      'whoever delivers bundles of those that missions gave (to the topic of rewards). While Kafka or the topic is away its job is delayed, and nothing is lost. Retry is safe: a record may come twice.',
    keep: 100,
    attempts: 8,
  },
  'failed-events': {
    title: 'Failed events',
    description:
      'One job for each event that could not be processed. Error says why and what to do. Where the event is ' +
      'wrong, correct fix in its data (the pencil); then Retry: completed means that it counted. Retry is safe. ' +
      'Removing a job hides it here; the failure stays in PostgreSQL.',
    keep: 1_000,
    attempts: 1,
  },
  maintenance: {
    title: 'Maintenance',
    description:
      'The sweeper, which gives overdue batches their jobs again; what time alone brings about; a published program ' +
      'that counts history; the nightly audit. A failed audit says what differs; any other failed job is done again ' +
      'at the next run. Retry is safe.',
    keep: 50,
    attempts: 3,
  },
} as const satisfies Record<string, QueueSettings>

export type QueueName = keyof typeof QUEUES
export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[]

export type Queues = Readonly<Record<QueueName, Queue>>

/**
 * Every queue, over one connection.
 *
 * @param prefix what keys in Redis start with: several installations can share one Redis
 */
export function openQueues(connection: Redis, prefix: string): Queues {
  return Object.fromEntries(
    QUEUE_NAMES.map((name) => {
      const queue = new Queue(name, { connection, prefix, defaultJobOptions: jobOptions(name) })
      queue.on('error', () => {})
      return [name, queue]
    }),
  ) as Record<QueueName, Queue>
}

export async function closeQueues(queues: Queues): Promise<void> {
  await Promise.all(Object.values(queues).map((queue) => queue.close()))
}

function jobOptions(name: QueueName): JobsOptions {
  const { keep, attempts } = QUEUES[name]
  return {
    attempts,
    backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
    removeOnComplete: { count: keep },
    // What failed for good is kept to be looked at; a fault that fails everything must not fill Redis. Failed
    // events stay until somebody retries or removes them: their number is bounded by cause.
    ...(name === 'failed-events' ? {} : { removeOnFail: { count: keep } }),
  }
}

/** How many jobs wait, run, wait for a retry or have failed, by queue. */
export async function queueDepths(
  queues: Queues,
): Promise<Readonly<Record<QueueName, Readonly<Record<string, number>>>>> {
  const depths = await Promise.all(
    QUEUE_NAMES.map(async (name) => [
      name,
      await queues[name].getJobCounts('waiting', 'active', 'delayed', 'failed'),
    ]),
  )
  return Object.fromEntries(depths)
}

/** Whether somebody has paused a queue, by its name. */
export async function pausedQueues(queues: Queues): Promise<Readonly<Record<QueueName, boolean>>> {
  const paused = await Promise.all(QUEUE_NAMES.map(async (name) => [name, await queues[name].isPaused()]))
  return Object.fromEntries(paused)
}
