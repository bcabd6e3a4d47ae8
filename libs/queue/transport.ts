import type { Redis } from 'ioredis'
import { Leaderboards } from './leaderboard.ts'
import { Marker } from './marker.ts'
import { closeQueues, openQueues, type Queues } from './queues.ts'
import { assertUsable, connectProducer } from './redis.ts'

/** What Laurel keeps in Redis; all of it can be made again from PostgreSQL and Kafka. */
export interface Transport {
  readonly redis: Redis
  readonly queues: Queues
  readonly leaderboards: Leaderboards
  /** Set while Redis remembers which failures it was given. */
  readonly failuresShown: Marker
  close(): Promise<void>
}

/**
 * @param patience ms to wait for Redis to answer
 * @throws LaurelError REDIS_UNAVAILABLE or REDIS_EVICTS
 */
export async function openTransport(url: string, prefix: string, patience = 10_000): Promise<Transport> {
  const redis = connectProducer(url)
  try {
    await assertUsable(redis, patience)
  } catch (error) {
    redis.disconnect()
    throw error
  }
  const queues = openQueues(redis, prefix)
  return {
    redis,
    queues,
    leaderboards: new Leaderboards(redis, prefix),
    failuresShown: new Marker(redis, `${prefix}:failures-shown`),
    close: async () => {
      await closeQueues(queues)
      redis.disconnect()
    },
  }
}
