import type { Sources } from '#domain/source.ts'
import { isRedisUnavailable } from '#queue/redis.ts'
import type { Transport } from '#queue/transport.ts'
import type { Metrics } from '#runtime/metrics.ts'
import { type Database, isTransient } from '#store/database.ts'
import { isKafkaUnavailable } from '#stream/producer.ts'
import type { Programs } from './programs.ts'

/** What a stage works with. */
export interface Context extends Pick<Transport, 'queues' | 'leaderboards' | 'failuresShown'> {
  readonly database: Database
  readonly programs: Programs
  readonly sources: Sources
  readonly metrics: Metrics
  /** Days after which events are settled; undefined to keep them all. */
  readonly retentionDays?: number | undefined
  /** Where producers learn of their rejects; undefined where they do not. */
  readonly rejectsTopic?: string | undefined
  /** Where whoever delivers bundles learns of them; undefined where nobody does, and they wait. */
  readonly rewardsTopic?: string | undefined
}

/** Whether an error of PostgreSQL, Redis or Kafka will pass by itself. */
export function willPass(error: unknown): boolean {
  return isTransient(error) || isRedisUnavailable(error) || isKafkaUnavailable(error)
}
