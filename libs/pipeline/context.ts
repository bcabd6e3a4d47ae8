import type { Sources } from '#domain/source.ts'
import { isRedisUnavailable } from '#queue/redis.ts'
import type { Transport } from '#queue/transport.ts'
import type { Metrics } from '#runtime/metrics.ts'
import { type Database, isTransient } from '#store/database.ts'
import type { Programs } from './programs.ts'

/** What a stage works with. */
export interface Context extends Pick<Transport, 'queues' | 'leaderboards' | 'failuresShown'> {
  readonly database: Database
  readonly programs: Programs
  readonly sources: Sources
  readonly metrics: Metrics
  /** Days after which events are settled; undefined to keep them all. */
  readonly retentionDays?: number | undefined
}

/** Whether an error of PostgreSQL or Redis will pass by itself. */
export function willPass(error: unknown): boolean {
  return isTransient(error) || isRedisUnavailable(error)
}
