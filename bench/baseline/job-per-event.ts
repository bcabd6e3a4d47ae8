import { type JobsOptions, Queue, Worker } from 'bullmq'
import type { Batch, Message } from '#domain/message.ts'
import { deliveriesOf } from '#pipeline/delivery.ts'
import { gamifyBatch } from '#pipeline/gamification.ts'
import { record } from '#pipeline/normalization.ts'
import { Programs } from '#pipeline/programs.ts'
import { ensurePublished } from '#pipeline/publication.ts'
import { scoreBatch } from '#pipeline/scoring.ts'
import { Leaderboards } from '#queue/leaderboard.ts'
import { connectWorker } from '#queue/redis.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect } from '#store/database.ts'
import type { Installation } from '../../test/support/installation.ts'
import { type Backlog, takeBacklog } from './backlog.ts'
import type { Pace } from './pace.ts'

/** Jobs that each stage has in hand at once: fewer leave the disk idle, more gain nothing. */
const CONCURRENCY = 15
const STAGES = ['normalization', 'scoring', 'gamification'] as const
/** As the stages' own queues have them. */
const JOB: JobsOptions = {
  attempts: 8,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: { count: 100 },
}

interface EventMessage {
  readonly partition: number
  readonly message: Message
}

/**
 * The rules as they are usually run on BullMQ: a job for each event at each stage, and a transaction for each job,
 * with the stages' own code. Leaderboards are told event by event.
 *
 * @param url of a migrated database of its own
 */
export async function jobPerEvent(
  installation: Installation,
  url: string,
  program: string,
  backlog: Backlog,
): Promise<Pace> {
  const prefix = `jobs-${backlog.topic}`
  const redis = connectWorker(installation.stack.addresses.redisUrl)
  const database = connect(url, { application: 'laurel bench', connections: 3 * CONCURRENCY, byKey: true })
  const boards = new Leaderboards(redis, prefix)
  const { text, sources } = loadProgram(program)
  const programs = new Programs()
  await ensurePublished(database, programs, text)
  const [normalization, scoring, gamification] = STAGES.map(
    (name) => new Queue(name, { connection: redis, prefix, defaultJobOptions: JOB }),
  ) as [Queue<EventMessage>, Queue<number>, Queue<number>]

  const normalize = async ({ partition, message }: EventMessage) => {
    const { topic } = backlog
    const key = `${topic}/${partition}/${message.offset}`
    const batch: Batch = { key, cluster: 'bench', topic, partition, messages: [message] }
    const recording = { key, topic, partition, deliveries: deliveriesOf(batch, sources) }
    const { batch: number } = await record(database, sources, recording, false)
    await scoring.add('event', number)
  }
  const score = async (batch: number) => {
    await scoreBatch(database, programs, batch)
    await gamification.add('event', batch)
  }
  const gamify = async (batch: number) => {
    const gamified = await gamifyBatch(database, programs, batch)
    await boards.apply(gamified?.standings ?? [])
  }

  let done = 0
  const failures: string[] = []
  const workerOf = <Data>(queue: Queue<Data>, run: (data: Data) => Promise<void>) => {
    const worker = new Worker<Data>(queue.name, (job) => run(job.data), {
      connection: redis,
      prefix,
      concurrency: CONCURRENCY,
    })
    worker.on('failed', (_, error) => failures.push(`${queue.name}: ${error.message}`))
    worker.on('error', (error) => failures.push(`${queue.name}: ${error.message}`))
    return worker
  }
  const workers = [
    workerOf(normalization, normalize),
    workerOf(scoring, score),
    workerOf(gamification, async (batch) => {
      await gamify(batch)
      done++
    }),
  ]
  try {
    return await takeBacklog(installation, backlog, {
      read: (consumer) =>
        consumer.run({
          eachBatch: async ({ batch: { partition, messages } }) => {
            await normalization.addBulk(
              messages.map(({ offset, timestamp, value }) => ({
                name: 'event',
                data: {
                  partition,
                  message: { offset, timestamp: Number(timestamp), value: value?.toString() ?? null },
                },
              })),
            )
          },
        }),
      done: () => done,
      state: () => failures.slice(0, 3).join('; '),
    })
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
    await Promise.all([normalization, scoring, gamification].map((queue) => queue.close()))
    redis.disconnect()
    await database.close()
  }
}
