import { Installation } from '../test/support/installation.ts'
import { auditFaults, referenceFaults } from './accuracy.ts'
import { preload } from './backlog.ts'
import { unlessAborted } from './bound.ts'
import { type Capacity, measureCapacity } from './capacity.ts'
import { introductions, type Law, type LoadOptions, load } from './load.ts'
import { type Machine, machineWith } from './machine.ts'
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
  /** How many awards its customers hold, those before what is measured included. */
  readonly awards: number
  readonly machine: Machine
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
    // The same load whichever the program, though only some look at channels.
    const options: LoadOptions = { seed, events, customers, law, channels: true, from: to - DAYS * DAY, to }
    if (known) await introduce(installation, options, abort, log)
    const all = load(options)
    for (let begin = 0; begin < events; begin += PORTION) {
      await unlessAborted(abort, preload(installation, all.slice(begin, begin + PORTION), [TOPIC]))
    }
    const capacity = await measureCapacity(installation, events, abort)
    log('looking at the results')
    const faults = await unlessAborted(abort, faultsIn(installation, shape, events + (known ? customers : 0)))
    const [{ awards }] = await installation.database.sql<[{ awards: number }]>`
      select count(*) as awards from awards where live`
    return { ...capacity, awards, machine: await machineWith(installation.database), faults }
  } finally {
    await installation.stop()
  }
}

/** Brings in every customer's first event. */
async function introduce(
  installation: Installation,
  options: LoadOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  for (const portion of introductions(options)) {
    await unlessAborted(abort, preload(installation, portion, [TOPIC]))
  }
  const { rate } = await measureCapacity(installation, options.customers, abort)
  log(`${options.customers} customers came in, ${Math.round(rate)} a second`)
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
