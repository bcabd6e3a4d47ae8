import { openTransport } from '#queue/transport.ts'
import { Installation, PARTITIONS, type Running } from '../test/support/installation.ts'
import { gamifiedRate, preload } from './backlog.ts'
import { pause, unlessAborted } from './bound.ts'
import type { LoadEvent } from './load.ts'
import { faultsOf } from './numbers.ts'
import { eachPart, type Part, usages } from './part.ts'

/** What an installation consists of; every worker has all pools. */
export interface Shape {
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
export async function drain(shape: Shape, events: readonly LoadEvent[], abort: AbortSignal): Promise<Drain> {
  const installation = await Installation.create({ LOG_LEVEL: 'warn' })
  try {
    return await measure(installation, shape, events, abort)
import { Installation } from '../test/support/installation.ts'
import { unlessAborted } from './abort.ts'
import { auditFaults, referenceFaults } from './accuracy.ts'
import { type Capacity, measureCapacity, versionOf } from './capacity.ts'
import { introductions, type Law, type LoadEvent, type LoadOptions, load } from './load.ts'
import { faultsOf } from './numbers.ts'
import { PROGRAMS, type ProgramName } from './program.ts'

/** What an installation is given to do. */
export interface Shape {
  readonly program: ProgramName
  readonly customers: number
  readonly law: Law
  readonly events: number
  readonly seed: number
  /** Whether each customer has had an event before what is measured; else most are new where they are many. */
  readonly known: boolean
}

/** One installation's run. */
export interface Run extends Capacity {
  /** PostgreSQL's. */
  readonly version: string
  readonly faults: readonly string[]
}

/** The days that a load lies in. */
export const DAYS = 30
const DAY = 86_400_000
const TOPIC = 'customer-events'
const PORTION = 20_000

/** Measures how fast a preloaded topic is taken from Kafka to gamified, by an installation with all it promises. */
export async function runShape(shape: Shape, abort: AbortSignal, log: (line: string) => void): Promise<Run> {
  const { program, customers, law, events, seed, known } = shape
  const installation = await Installation.create({ LOG_LEVEL: 'warn', PROGRAM_DIRECTORY: PROGRAMS[program] })
  try {
    const to = Date.now()
    const channels = program === 'full'
    const options: LoadOptions = { seed, events, customers, law, channels, from: to - DAYS * DAY, to }
    if (known) await introduce(installation, options, abort, log)
    const all = load(options)
    for (let begin = 0; begin < events; begin += PORTION) {
      await publish(installation, all.slice(begin, begin + PORTION), abort)
    }
    const capacity = await measureCapacity(installation, events, abort)
    log('looking at the results')
    const faults = await unlessAborted(abort, () =>
      faultsIn(installation, shape, events + (known ? customers : 0)),
    )
    return { ...capacity, version: await versionOf(installation), faults }
  } finally {
    await installation.stop()
  }
}

async function measure(
  installation: Installation,
  shape: Shape,
  events: readonly LoadEvent[],
  abort: AbortSignal,
): Promise<Drain> {
  if (shape.partitions > PARTITIONS) await installation.repartition(TOPIC, shape.partitions)
  await unlessAborted(abort, preload(installation, events, [TOPIC]))
  const { queues, close } = await openTransport(installation.stack.addresses.redisUrl, 'laurel')
  try {
    // Held until all are there: what it costs that they start and find their partitions is not what is asked.
    await queues.normalization.pause()
    const [workers, bridges] = await Promise.all([
      several(shape.workers, (n) => installation.start(`worker-${n}`, 'worker')),
      several(shape.bridges, (n) => installation.start(`bridge-${n}`, 'bridge')),
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
/** Brings in every customer's first event. */
async function introduce(
  installation: Installation,
  options: LoadOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  for (const portion of introductions(options)) await publish(installation, portion, abort)
  const { rate } = await measureCapacity(installation, options.customers, abort)
  log(`${options.customers} customers came in, ${Math.round(rate)} a second`)
}

async function publish(
  installation: Installation,
  events: readonly LoadEvent[],
  abort: AbortSignal,
): Promise<void> {
  abort.throwIfAborted()
  await installation.publish(events.map(({ text }) => ({ topic: TOPIC, value: text })))
}

/** The reference knows the starter program only, and holds every message: else customers are folded again. */
async function faultsIn(
  installation: Installation,
  { program, known }: Shape,
  events: number,
): Promise<readonly string[]> {
  const sums = await faultsOf(installation.database, events)
  if (isAudited({ program, known })) return [...sums, ...(await auditFaults(installation))]
  return [...sums, ...(await installation.imbalances()), ...(await referenceFaults(installation))]
}

/** Whether a shape's customers are folded again, and not compared with the reference. */
export function isAudited({ program, known }: Pick<Shape, 'program' | 'known'>): boolean {
  return program !== 'starter' || known
}
