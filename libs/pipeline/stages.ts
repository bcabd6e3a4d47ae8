import type { Batch, Message } from '#domain/message.ts'
import {
  addBundles,
  addDelivery,
  addLeaderboards,
  addStages,
  batchLabel,
  type LeaderboardsJob,
} from '#queue/jobs.ts'
import { markBatches } from '#store/batches.ts'
import { standingsOfBatches } from '#store/standings.ts'
import type { Context } from './context.ts'
import { deliveriesOf } from './delivery.ts'
import { showFailures } from './failed-events.ts'
import { type Gamified, gamifyBatch, gamifyWaiting } from './gamification.ts'
import { barKillers, KILLS, killingMessages } from './killer.ts'
import { type Recorded, type Recording, record, recordedBefore } from './normalization.ts'
import { scoreWaiting } from './scoring.ts'

/**
 * The stages as jobs: each does its transaction, and after its commit adds what follows. A process that dies
 * between the two leaves a batch whose next mark is overdue, which the sweeper finds.
 */

/**
 * Records a batch from Kafka.
 *
 * @param kills how many workers have not come back from it
 */
export async function runNormalization(
  context: Context,
  batch: Batch,
  isolate: boolean,
  kills = 0,
): Promise<Recorded> {
  // Another job of this batch, which the bridge added meanwhile, may have found what kills.
  const before = kills > 0 ? await recordedBefore(context.database, batch.key) : undefined
  if (before) return before
  const killers = kills < KILLS ? NOBODY : await killingMessages(context.sources, batch)
  const recording: Recording = {
    key: batch.key,
    topic: batch.topic,
    partition: batch.partition,
    deliveries: deliveriesOf(batch, context.sources).map((delivery) =>
      killers.has(delivery.message) ? { ...delivery, isBarred: true } : delivery,
    ),
    isBehind: batch.isBehind === true,
    announces: context.rejectsTopic !== undefined,
  }
  const recorded = await record(context.database, context.sources, recording, isolate)
  await passOn(context, recording, recorded)
  return recorded
}

const NOBODY: ReadonlySet<Message> = new Set()

/** What follows the commit of a recording; where this fails, the sweeper does it. */
export async function passOn(context: Context, recording: Recording, recorded: Recorded): Promise<void> {
  count(context, recorded)
  if (recorded.accepted > 0) await addStages(context.queues, recorded.batch, labelOf(recording))
  if (recorded.failed && recording.announces) await addDelivery(context.queues)
  if (recorded.failed) await showFailures(context)
}

function labelOf({ topic, partition, deliveries }: Recording): string {
  return batchLabel({
    topic,
    partition,
    firstOffset: deliveries[0]?.message.offset ?? '',
    lastOffset: deliveries.at(-1)?.message.offset ?? '',
    messages: deliveries.length,
  })
}

function count({ metrics }: Context, { verdicts, accepted }: Recorded): void {
  metrics.events.inc({ stage: 'normalization' }, accepted)
  for (const verdict of verdicts) {
    if (verdict.status === 'failed') metrics.failures.inc({ code: verdict.rejection.code })
    else if (verdict.status === 'duplicate') metrics.duplicates.inc()
  }
}

/** Until its batch is done: a job that finds its batch in another worker's hands does what waits behind it first. */
export async function runScoring({ database, programs, metrics }: Context, batch: number): Promise<void> {
  for (;;) {
    const scored = await scoreWaiting(database, programs, batch)
    if (!scored) return
    metrics.events.inc({ stage: 'scoring' }, scored.events)
    if (scored.batches.includes(batch)) return
  }
}

/** @param kills how many workers have not come back from it: it is done by itself then, without what kills */
export async function runGamification(
  context: Context,
  batch: number,
  label: string,
  kills = 0,
): Promise<void> {
  const { database, programs } = context
  if (kills >= KILLS) await barKillers(context, batch)
  for (;;) {
    const gamified = await (kills < KILLS ? gamifyWaiting : gamifyBatch)(database, programs, batch)
    if (!gamified) return
    await tellOthers(context, gamified, label)
    if (gamified.batches.includes(batch)) return
  }
}

/** What follows the commit of a gamification. */
export async function tellOthers(context: Context, gamified: Gamified, label: string): Promise<void> {
  const { metrics, queues } = context
  metrics.events.inc({ stage: 'gamification' }, gamified.arrivals.length)
  metrics.awards.inc(gamified.awards)
  const now = Date.now()
  for (const arrival of gamified.arrivals) metrics.kafkaToAward.observe(Math.max(0, now - arrival) / 1000)
  const { batches, standings } = gamified
  if (standings.length > 0) await addLeaderboards(queues, label, { batches, standings })
  if (gamified.bundles && context.rewardsTopic !== undefined) await addBundles(queues)
  if (gamified.failed) await showFailures(context)
}

/** Brings batches' totals into the index. */
export async function runLeaderboards(
  { database, leaderboards }: Context,
  { batches, standings }: LeaderboardsJob,
): Promise<void> {
  await leaderboards.apply(standings ?? (await standingsOfBatches(database.sql, batches)))
  await markBatches(database.sql, batches, 'leaderboards')
}
