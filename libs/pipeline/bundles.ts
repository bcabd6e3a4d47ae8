import { rewardRecord } from '#domain/bundle.ts'
import { addBundles } from '#queue/jobs.ts'
import { areBundlesWaiting, countBundleAttempt, drainBundles, type WaitingBundle } from '#store/rewards.ts'
import type { Context } from './context.ts'
import { type Destination, drainAll } from './drain.ts'

/** Bundles of one request to Kafka: a record is a few hundred bytes. */
const PORTION = 500

/**
 * Tells whoever delivers bundles of those that missions gave and that were taken back, in the order in which that
 * happened for each customer.
 *
 * @returns how many records were written
 * @throws LaurelError KAFKA_UNAVAILABLE where the topic cannot be written to: then what is left waits
 */
export function deliverBundles(
  { database, queues }: Context,
  { topic, producer }: Destination,
): Promise<number> {
  return drainAll<WaitingBundle>({
    topic,
    setting: 'REWARDS_TOPIC',
    describe: () => 'Bundles wait',
    drain: (deliver) => drainBundles(database, PORTION, deliver),
    send: (waiting) => producer.send(topic, waiting.map(rewardRecord)),
    countAttempt: (waiting) => countBundleAttempt(database.sql, waiting),
    goOn: () => addBundles(queues),
  })
}

/** Has bundles told of, where any wait without a job. */
export async function ensureBundles({ database, queues, rewardsTopic }: Context): Promise<boolean> {
  if (rewardsTopic === undefined || !(await areBundlesWaiting(database.sql))) return false
  await addBundles(queues)
  return true
}
