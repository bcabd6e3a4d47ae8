import type { Batch } from '#domain/message.ts'
import { addLeaderboards, addStages, batchLabel, type LeaderboardsJob } from '#queue/jobs.ts'
import { markBatches } from '#store/batches.ts'
import { standingsOfBatch } from '#store/standings.ts'
import type { Context } from './context.ts'
import { deliveriesOf } from './delivery.ts'
import { showFailures } from './failed-events.ts'
import { type Gamified, gamifyBatch } from './gamification.ts'
import { type Recorded, type Recording, record } from './normalization.ts'
import { scoreBatch } from './scoring.ts'

/**
 * The stages as jobs: each does its transaction, and after its commit adds what follows. A process that dies
 * between the two leaves a batch whose next mark is overdue, which the sweeper finds.
 */

/** Records a batch from Kafka. */
export async function runNormalization(context: Context, batch: Batch, isolate: boolean): Promise<Recorded> {
  const recording: Recording = {
    key: batch.key,
    topic: batch.topic,
    partition: batch.partition,
    deliveries: deliveriesOf(batch, context.sources),
  }
  const recorded = await record(context.database, context.sources, recording, isolate)
  await passOn(context, recording, recorded)
  return recorded
}

/** What follows the commit of a recording; where this fails, the sweeper does it. */
export async function passOn(context: Context, recording: Recording, recorded: Recorded): Promise<void> {
  count(context, recorded)
  if (recorded.accepted > 0) await addStages(context.queues, recorded.batch, labelOf(recording))
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

export async function runScoring(context: Context, batch: number): Promise<void> {
  const events = await scoreBatch(context.database, context.programs, batch)
  context.metrics.events.inc({ stage: 'scoring' }, events)
}

export async function runGamification(context: Context, batch: number, label: string): Promise<void> {
  const gamified = await gamifyBatch(context.database, context.programs, batch)
  if (gamified) await tellOthers(context, gamified, batch, label)
}

/** What follows the commit of a gamification. */
export async function tellOthers(
  context: Context,
  gamified: Gamified,
  batch: number,
  label: string,
): Promise<void> {
  const { metrics, queues } = context
  metrics.events.inc({ stage: 'gamification' }, gamified.arrivals.length)
  metrics.awards.inc(gamified.awards)
  const now = Date.now()
  for (const arrival of gamified.arrivals) metrics.kafkaToAward.observe(Math.max(0, now - arrival) / 1000)
  if (gamified.standings.length > 0)
    await addLeaderboards(queues, label, { batch, standings: gamified.standings })
  if (gamified.failed) await showFailures(context)
}

/** Brings a batch's totals into the index. */
export async function runLeaderboards(
  context: Context,
  { batch, standings }: LeaderboardsJob,
): Promise<void> {
  const { database, leaderboards } = context
  await leaderboards.apply(standings ?? (await standingsOfBatch(database.sql, batch)))
  await markBatches(database.sql, [batch], 'leaderboards')
}
