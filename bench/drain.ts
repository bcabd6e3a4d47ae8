import { openTransport } from '#queue/transport.ts'
import { Installation, PARTITIONS, type Running } from '../test/support/installation.ts'
import { gamifiedRate, preload } from './backlog.ts'
import { pause, unlessAborted } from './bound.ts'
import type { LoadEvent } from './load.ts'
import { faultsOf } from './numbers.ts'
import { eachPart, type Part, usages } from './part.ts'

/** What an installation consists of; every worker has all pools. */
export interface Fleet {
  readonly bridges: number
  readonly workers: number
  /** Of the topic that is read, no fewer than an installation begins with. */
  readonly partitions: number
}

/** How an installation took a load to gamified. */
export interface Drain {
  /** Events a second. */
  readonly rate: number
  /** µs of CPU an event. */
  readonly cpu: Readonly<Record<Part, number>>
  readonly faults: readonly string[]
}

const TOPIC = 'customer-events'
/** Until bridges agree who reads what, and have read ahead, ms. */
const GROUPING = 4_000
const PATIENCE = 240_000

/** Has an installation of its own take a preloaded topic to gamified. */
export async function drain(fleet: Fleet, events: readonly LoadEvent[], abort: AbortSignal): Promise<Drain> {
  const installation = await Installation.create({ LOG_LEVEL: 'warn' })
  try {
    return await measure(installation, fleet, events, abort)
  } finally {
    await installation.stop()
  }
}

async function measure(
  installation: Installation,
  fleet: Fleet,
  events: readonly LoadEvent[],
  abort: AbortSignal,
): Promise<Drain> {
  if (fleet.partitions > PARTITIONS) await installation.repartition(TOPIC, fleet.partitions)
  await unlessAborted(abort, preload(installation, events, [TOPIC]))
  const { queues, close } = await openTransport(installation.stack.addresses.redisUrl, 'laurel')
  try {
    // Held until all are there: what it costs that they start and find their partitions is not what is asked.
    await queues.normalization.pause()
    const [workers, bridges] = await Promise.all([
      several(fleet.workers, (n) => installation.start(`worker-${n}`, 'worker')),
      several(fleet.bridges, (n) => installation.start(`bridge-${n}`, 'bridge')),
    ])
    await pause(abort, GROUPING)
    const idle = usages(installation, bridges, workers)
    await queues.normalization.resume()
    await unlessAborted(abort, installation.settled(PATIENCE))
    const used = usages(installation, bridges, workers)
    const { database } = installation
    return {
      rate: await gamifiedRate(database),
      cpu: eachPart((part) => (used[part].cpu - idle[part].cpu) / events.length),
      faults: [...(await faultsOf(database, events.length)), ...(await installation.imbalances())],
    }
  } finally {
    await close()
  }
}

function several(count: number, start: (number: number) => Promise<Running>): Promise<readonly Running[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => start(index + 1)))
}
