import type { Installation } from '../test/support/installation.ts'
import { gamifiedRate } from './backlog.ts'
import { unlessAborted } from './bound.ts'
import { eachPart, type Part, usages } from './part.ts'
import { redisFigure } from './redis.ts'

/** What an installation carries, and what each event costs where. */
export interface Capacity {
  /** Events a second, from the first that was recorded to the last that was gamified. */
  readonly rate: number
  /** µs of CPU an event. */
  readonly cpu: Readonly<Record<Part, number>>
  /** Bytes, at the highest. */
  readonly memory: Readonly<Record<Part, number>>
  /** Bytes of WAL an event. */
  readonly wal: number
  /** Bytes to Redis an event. */
  readonly redis: number
}

const PATIENCE = 1_800_000

/**
 * Starts one bridge and one worker on what lies in the topics, waits until all of it is through every stage, and
 * stops them.
 *
 * @param events how many lie there; those that were recorded before are not measured
 */
export async function measureCapacity(
  installation: Installation,
  events: number,
  abort: AbortSignal,
): Promise<Capacity> {
  const { sql } = installation.database
  const [{ last }] = await sql<[{ last: number }]>`select coalesce(max(id), 0)::bigint as last from batches`
  const before = { wal: await walOf(installation), redis: await redisInput(installation) }
  const idle = usages(installation, [], [])
  const { bridge, worker } = await installation.startAll()
  await unlessAborted(abort, installation.settled(PATIENCE))
  const used = usages(installation, [bridge], [worker])
  const perEvent = (after: number, from: number) => (after - from) / events
  const costs = {
    cpu: eachPart((part) => perEvent(used[part].cpu, idle[part].cpu)),
    memory: eachPart((part) => used[part].peak),
    wal: perEvent(await walOf(installation), before.wal),
    redis: perEvent(await redisInput(installation), before.redis),
  }
  await Promise.all([bridge.stop(), worker.stop()])
  return { rate: await gamifiedRate(installation.database, last), ...costs }
}

async function walOf({ database: { sql } }: Installation): Promise<number> {
  const [{ bytes }] = await sql<[{ bytes: number }]>`
    select (pg_current_wal_insert_lsn() - '0/0')::bigint as bytes`
  return bytes
}

const redisInput = (installation: Installation) => redisFigure(installation, 'stats', 'total_net_input_bytes')
