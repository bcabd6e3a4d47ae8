import { Installation } from '../test/support/installation.ts'
import { unlessAborted } from './bound.ts'
import { type Capacity, measureCapacity } from './capacity.ts'
import { type Machine, machineWith } from './machine.ts'
import { PROGRAMS, type ProgramName } from './program.ts'

/** One installation's run. */
export interface Run extends Capacity {
  /** How many were measured. */
  readonly messages: number
  /** How many awards its customers hold, those before what is measured included. */
  readonly awards: number
  readonly machine: Machine
  readonly faults: readonly string[]
}

export interface Work {
  /** Lays messages into topics, and answers how many are measured. */
  lay(installation: Installation): Promise<number>
  /** What is wrong with what became of them. */
  faultsIn(installation: Installation): Promise<readonly string[]>
}

/** Measures how fast what lies in topics is taken from Kafka to gamified, by an installation with all it promises. */
export async function runInstalled(
  program: ProgramName,
  { lay, faultsIn }: Work,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Run> {
  const installation = await Installation.create({ LOG_LEVEL: 'warn', PROGRAM_DIRECTORY: PROGRAMS[program] })
  try {
    const messages = await unlessAborted(abort, lay(installation))
    const capacity = await measureCapacity(installation, messages, abort)
    log('looking at the results')
    const faults = await unlessAborted(abort, faultsIn(installation))
    const [{ awards }] = await installation.database.sql<[{ awards: number }]>`
      select count(*) as awards from awards where live`
    return { ...capacity, messages, awards, machine: await machineWith(installation.database), faults }
  } finally {
    await installation.stop()
  }
}
