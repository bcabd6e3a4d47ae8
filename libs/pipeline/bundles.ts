import { rewardRecord } from '#domain/bundle.ts'
import { LaurelError } from '#domain/error.ts'
import { addBundles } from '#queue/jobs.ts'
import { areBundlesWaiting, countBundleAttempt, drainBundles, type WaitingBundle } from '#store/rewards.ts'
import type { MessageProducer } from '#stream/producer.ts'
import type { Context } from './context.ts'

/** Bundles of one request to Kafka: a record is a few hundred bytes. */
const PORTION = 500
/** How long one job goes on, ms: within its deadline, also where Kafka is slow. */
const TURN = 20_000

export interface Rewards {
  readonly topic: string
  readonly producer: MessageProducer
}

/**
 * Tells whoever delivers bundles of those that missions gave and that were taken back, in the order in which that
 * happened for each customer.
 *
 * @returns how many records were written
 * @throws LaurelError KAFKA_UNAVAILABLE where the topic cannot be written to: then what is left waits
 */
export async function deliverBundles(context: Context, rewards: Rewards): Promise<number> {
  const end = Date.now() + TURN
  for (let delivered = 0; ; ) {
    const count = await deliverPortion(context, rewards)
    // Nothing more, or another process is at it: the sweeper comes back to what that one may have missed.
    if (!count) return delivered
    delivered += count
    if (Date.now() < end) continue
    await addBundles(context.queues)
    return delivered
  }
}

/** Has bundles told of, where any wait without a job. */
export async function ensureBundles({ database, queues, rewardsTopic }: Context): Promise<boolean> {
  if (rewardsTopic === undefined || !(await areBundlesWaiting(database.sql))) return false
  await addBundles(queues)
  return true
}

async function deliverPortion(
  { database }: Context,
  { topic, producer }: Rewards,
): Promise<number | undefined> {
  let inHand: readonly WaitingBundle[] = []
  let refusal: LaurelError | undefined
  try {
    return await drainBundles(database, PORTION, async (waiting) => {
      inHand = waiting
      await producer.send(topic, waiting.map(rewardRecord)).catch((error) => {
        refusal = unwritten(topic, waiting[0]!, error)
        throw refusal
      })
    })
  } catch (error) {
    if (error === refusal) await countBundleAttempt(database.sql, inHand)
    throw error
  }
}

function unwritten(topic: string, { attempts }: WaitingBundle, cause: unknown): LaurelError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.?$/, '.')
  return new LaurelError(
    'KAFKA_UNAVAILABLE',
    `${topic} (REWARDS_TOPIC) cannot be written to: ${reason} Bundles wait in PostgreSQL (tried ${attempts + 1} times) ` +
      'and are delivered once the topic is there and Laurel may write to it.',
    cause,
  )
}
