import { willPass } from '#pipeline/context.ts'
import { Programs } from '#pipeline/programs.ts'
import { ensurePublished } from '#pipeline/publication.ts'
import type { QueueName } from '#queue/queues.ts'
import { connectWorker } from '#queue/redis.ts'
import { assertSchedule } from '#queue/schedule.ts'
import { openTransport } from '#queue/transport.ts'
import { startWorker } from '#queue/worker.ts'
import type { Config } from '#runtime/config.ts'
import type { Stoppable } from '#runtime/lifecycle.ts'
import type { Log } from '#runtime/log.ts'
import { Metrics, serveMetrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { assertMigrated, connect } from '#store/database.ts'
import { lazyProducer } from '#stream/producer.ts'
import type { KafkaSettings } from '#stream/settings.ts'
import { POOLS, type WorkerContext } from './pools.ts'
import { timed } from './timing.ts'

/** How long a Redis that was emptied can be without the sweeper, which heals everything else. */
const SCHEDULE_INTERVAL = 10_000

export interface WorkerOptions {
  readonly pools: readonly QueueName[]
  /** Jobs in hand at once in each pool; undefined for each pool's own number. */
  readonly concurrency: number | undefined
  /** Where rejects and rewards go; undefined where nobody is told of either, or without the pool `delivery`. */
  readonly kafka?: KafkaSettings | undefined
}

/** One process with the workers of one or more pools. */
export async function runWorker(
  config: Config,
  { pools, concurrency, kafka }: WorkerOptions,
  log: Log,
): Promise<Stoppable> {
  const { text, sources } = loadProgram(config.PROGRAM_DIRECTORY)
  const programs = new Programs()
  const jobs = pools.reduce((sum, pool) => sum + (concurrency ?? POOLS[pool].concurrency), 0)
  const database = connect(config.DATABASE_URL, {
    application: `laurel ${pools.join(' ')}`,
    connections: jobs + 1,
    byKey: true,
  })
  await assertMigrated(database)
  const version = await ensurePublished(database, programs, text)
  const transport = await openTransport(config.REDIS_URL, config.REDIS_PREFIX)
  const connection = connectWorker(config.REDIS_URL)
  const metrics = new Metrics()
  const { RETENTION_DAYS: retentionDays, REJECTS_TOPIC: rejectsTopic, REWARDS_TOPIC: rewardsTopic } = config
  const producer = kafka && lazyProducer(kafka, log)
  const rejects = producer && rejectsTopic ? { topic: rejectsTopic, producer } : undefined
  const rewards = producer && rewardsTopic ? { topic: rewardsTopic, producer } : undefined
  const topics = { rejectsTopic, rejects, rewardsTopic, rewards }
  const settings = { programs, sources, metrics, retentionDays, ...topics }
  const context: WorkerContext = { ...transport, database, ...settings }
  const workers = pools.map((queue) =>
    startWorker(connection, {
      queue,
      prefix: config.REDIS_PREFIX,
      concurrency: concurrency ?? POOLS[queue].concurrency,
      run: (job, signal) =>
        timed(metrics, queue, job, () =>
          POOLS[queue].run({ ...context, database: { ...database, signal } }, job),
        ),
      rate: POOLS[queue].rate,
      deadline: POOLS[queue].deadline,
      isTransient: willPass,
      longestPause: POOLS[queue].longestPause,
      onError: (error, job) => {
        if (queue === 'failed-events' && job) return
        const transient = willPass(error)
        metrics.jobErrors.inc({ queue, transient: String(transient) })
        log[transient ? 'warn' : 'error']({ err: error, queue, job: job?.name }, 'job or connection failed')
      },
    }),
  )
  const schedule = () =>
    assertSchedule(transport.queues).catch((error) => log.warn({ err: error }, 'schedule not set'))
  await schedule()
  const timer = setInterval(schedule, SCHEDULE_INTERVAL)
  const server = await serveMetrics(metrics, config.METRICS_HOST, config.METRICS_PORT, () => true)
  log.info({ pools, metrics: server.port, program: version }, 'working')
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(workers.map((worker) => worker.close()))
      await producer?.close()
      await server.close()
      connection.disconnect()
      await transport.close()
      await database.close()
    },
  }
}
