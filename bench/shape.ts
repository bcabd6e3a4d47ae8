import type { Installation } from '../test/support/installation.ts'
import { auditFaults, referenceFaults } from './accuracy.ts'
import { preload } from './backlog.ts'
import { unlessAborted } from './bound.ts'
import { measureCapacity } from './capacity.ts'
import { type Run, runInstalled } from './installed.ts'
import { introductions, type Law, type LoadOptions, load } from './load.ts'
import { faultsOf } from './numbers.ts'
import type { ProgramName } from './program.ts'

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

/** The days that a load lies in. */
export const DAYS = 30
const DAY = 86_400_000
const TOPIC = 'customer-events'
const PORTION = 20_000

/** Measures how fast a shape's load is taken from Kafka to gamified. */
export function runShape(shape: Shape, abort: AbortSignal, log: (line: string) => void): Promise<Run> {
  const { program, customers, law, events, seed, known } = shape
  const lay = async (installation: Installation) => {
    const to = Date.now()
    // The same load whichever the program, though only some look at channels.
    const options: LoadOptions = { seed, events, customers, law, channels: true, from: to - DAYS * DAY, to }
    if (known) await introduce(installation, options, abort, log)
    const all = load(options)
    for (let begin = 0; begin < events; begin += PORTION) {
      await unlessAborted(abort, preload(installation, all.slice(begin, begin + PORTION), [TOPIC]))
    }
    return events
  }
  const faultsOfShape = (installation: Installation) =>
    faultsIn(installation, shape, events + (known ? customers : 0))
  return runInstalled(program, { lay, faultsIn: faultsOfShape }, abort, log)
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
