import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { LaurelError } from '#domain/error.ts'
import type { Batch } from '#domain/message.ts'
import type { Verdict } from '#pipeline/normalization.ts'
import { Rehearsal } from '#pipeline/rehearsal.ts'
import { runNormalization } from '#pipeline/stages.ts'
import { isRedisUnavailable } from '#queue/redis.ts'
import { createLog } from '#runtime/log.ts'
import { Metrics } from '#runtime/metrics.ts'
import { assertMigrated, isTransient } from '#store/database.ts'
import { openAdmin } from '#stream/admin.ts'
import type { Read } from '#stream/consumer.ts'
import { type Range, rangesBetween, readRanges } from '#stream/reader.ts'
import { countOfNext, toBatch } from '../bridge/batching.ts'
import { kafkaSettings } from './environment.ts'
import { untilInterrupted } from './interrupt.ts'
import { print } from './output.ts'
import { type Period, periodOf } from './replay/period.ts'
import { Progress } from './replay/progress.ts'
import { type Store, withStore, withTransport } from './store.ts'

/** How often a long run says how far it is, in ms. */
const TELL = 5_000

interface Options {
  readonly topic: string
  readonly from: string
  readonly to?: string
  readonly dryRun?: boolean
}

/** Records a batch, or tells what recording it would do. */
type Recorder = (batch: Batch) => Promise<readonly Verdict['status'][]>

/** The command that reads a topic again, to bring what PostgreSQL lacks. */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .description('read a topic again and add what PostgreSQL lacks; the consumer group stays where it is')
    .requiredOption('--topic <name>', 'one of those that Laurel reads')
    .requiredOption('--from <time>', 'ISO 8601 with its zone, by the time that Kafka has of the messages')
    .option('--to <time>', 'up to here, this time not included; unless given, what is there at the start')
    .option('--dry-run', 'only count what would be new; nothing is written')
    .action((options: Options) => {
      const period = periodOf(options, Date.now())
      return withStore((store) => replay(store, options, period))
    })
}

async function replay(store: Store, options: Options, period: Period): Promise<void> {
  const { topic } = options
  const { KAFKA_TOPICS } = store.settings
  if (!KAFKA_TOPICS.includes(topic)) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      `Laurel does not read ${topic}: take one of ${KAFKA_TOPICS.join(', ')}, or add it to KAFKA_TOPICS.`,
    )
  }
  const { cluster, ranges } = await find(topic, period)
  const progress = new Progress(period.from, ranges)
  try {
    const stopped = await untilInterrupted((signal) =>
      withRecorder(store, options, (record) => run(store, ranges, cluster, progress, record, signal)).then(
        () => signal.aborted,
      ),
    ).catch((error) => {
      throw named(error)
    })
    tell(options, progress)
    if (stopped) {
      print(`Stopped before the end. ${goOn(options, progress)}`)
      process.exitCode = 130
    }
  } catch (error) {
    if (progress.read > 0) {
      tell(options, progress)
      print(`It did not come to the end. ${goOn(options, progress)}`)
    }
    throw error
  }
}

async function find(
  topic: string,
  { from, to }: Period,
): Promise<{ cluster: string; ranges: readonly Range[] }> {
  const admin = await openAdmin(kafkaSettings(), createLog('laurel', 'silent'))
  try {
    return { cluster: await admin.clusterId(), ranges: await rangesBetween(admin, topic, from, to) }
  } finally {
    await admin.close()
  }
}

async function withRecorder(
  store: Store,
  { dryRun }: Options,
  run: (record: Recorder) => Promise<void>,
): Promise<void> {
  const { database, programs, sources } = store
  await assertMigrated(database)
  if (dryRun) {
    const rehearsal = new Rehearsal(database, sources)
    return run((batch) => rehearsal.record(batch))
  }
  await withTransport(store, async (transport) => {
    const rejectsTopic = store.settings.REJECTS_TOPIC
    const context = { ...transport, database, programs, sources, metrics: new Metrics(), rejectsTopic }
    await run(async (batch) =>
      (await runNormalization(context, batch, true)).verdicts.map(({ status }) => status),
    )
  })
}

async function run(
  { settings }: Store,
  ranges: readonly Range[],
  cluster: string,
  progress: Progress,
  record: Recorder,
  signal: AbortSignal,
): Promise<void> {
  const id = randomUUID()
  const reading = readRanges({
    settings: kafkaSettings(),
    groupId: `${settings.KAFKA_GROUP_ID}-replay-${id}`,
    ranges,
    log: createLog('laurel', 'silent'),
    signal,
  })
  let batches = 0
  let told = Date.now()
  for await (const read of reading) {
    for (const batch of batchesOf(cluster, read)) {
      if (signal.aborted) return
      // A key of its own: under the bridge's, a batch that is recorded in part would count as recorded.
      const own = { ...batch, key: `replay/${id}/${++batches}` }
      progress.add(own, await record(own))
      if (Date.now() - told < TELL) continue
      told = Date.now()
      process.stderr.write(`${progress.read} of ${progress.total()} messages: ${progress.describe()}\n`)
    }
  }
}

function* batchesOf(cluster: string, { records, ...partition }: Read): Generator<Batch> {
  for (let rest = records; rest.length > 0; ) {
    const count = countOfNext(rest)
    yield toBatch(cluster, partition, rest.slice(0, count))
    rest = rest.slice(count)
  }
}

function tell({ topic, dryRun }: Options, progress: Progress): void {
  const { read } = progress
  if (dryRun) {
    print(`Read ${read} messages of ${topic}. They would be: ${progress.describe()}. Nothing was written.`)
    return
  }
  print(`Read ${read} messages of ${topic}: ${progress.describe()}.`)
  print('The workers score and gamify what is new; npx laurel status shows how far they are.')
}

function goOn({ topic, to, dryRun }: Options, progress: Progress): string {
  const from = new Date(progress.resume()).toISOString()
  const rest = `${to === undefined ? '' : ` --to ${to}`}${dryRun ? ' --dry-run' : ''}`
  return `To go on: npx laurel replay --topic ${topic} --from ${from}${rest}`
}

/** An error with what it means for whoever sits at the terminal. */
function named(error: unknown): unknown {
  if (error instanceof LaurelError) return error
  const reason = error instanceof Error ? error.message : String(error)
  if (isTransient(error)) {
    return new LaurelError('POSTGRES_UNAVAILABLE', `PostgreSQL could not be used: ${reason}`, error)
  }
  if (isRedisUnavailable(error)) {
    return new LaurelError('REDIS_UNAVAILABLE', `Redis could not be used: ${reason}`, error)
  }
  return error
}
