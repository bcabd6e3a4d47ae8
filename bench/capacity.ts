import type { Installation, Running } from '../test/support/installation.ts'
import { unlessAborted } from './abort.ts'
import { redisFigure } from './redis.ts'
import { type Usage, usageOf } from './usage.ts'

/** The processes of an installation, each with all below it. */
export const PARTS = ['bridge', 'worker', 'postgres', 'redis', 'kafka'] as const
export type Part = (typeof PARTS)[number]

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
  const idle = usages(installation)
  const { bridge, worker } = await installation.startAll()
  await unlessAborted(abort, () => installation.settled(PATIENCE))
  const used = usages(installation, bridge, worker)
  const perEvent = (after: number, from: number) => (after - from) / events
  const costs = {
    cpu: eachPart((part) => perEvent(used[part].cpu, idle[part]?.cpu ?? 0)),
    memory: eachPart((part) => used[part].peak),
    wal: perEvent(await walOf(installation), before.wal),
    redis: perEvent(await redisInput(installation), before.redis),
  }
  await Promise.all([bridge.stop(), worker.stop()])
  const [{ seconds }] = await sql<[{ seconds: number }]>`
    select extract(epoch from max(gamified_at) - min(recorded_at))::float as seconds from batches where id > ${last}`
  return { rate: events / seconds, ...costs }
}

export function eachPart(value: (part: Part) => number): Record<Part, number> {
  return Object.fromEntries(PARTS.map((part) => [part, value(part)])) as Record<Part, number>
}

/** The version of an installation's PostgreSQL. */
export async function versionOf({ database: { sql } }: Installation): Promise<string> {
  const [{ version }] = await sql<[{ version: string }]>`select current_setting('server_version') as version`
  return version
}

function usages(installation: Installation): Partial<Record<Part, Usage>>
function usages(installation: Installation, bridge: Running, worker: Running): Record<Part, Usage>
function usages({ stack }: Installation, bridge?: Running, worker?: Running): Partial<Record<Part, Usage>> {
  return {
    postgres: usageOf(stack.postgres.pid!),
    redis: usageOf(stack.redis.pid!),
    kafka: usageOf(stack.kafka.pid!),
    ...(bridge && { bridge: usageOf(bridge.pid) }),
    ...(worker && { worker: usageOf(worker.pid) }),
  }
}

async function walOf({ database: { sql } }: Installation): Promise<number> {
  const [{ bytes }] = await sql<[{ bytes: number }]>`
    select (pg_current_wal_insert_lsn() - '0/0')::bigint as bytes`
  return bytes
}

const redisInput = (installation: Installation) => redisFigure(installation, 'stats', 'total_net_input_bytes')
