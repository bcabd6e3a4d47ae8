import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { loadProgram } from '#runtime/program.ts'
import type { Refusal } from './simulation/intake.ts'
import { partsOf, runSimulation, type Simulation, type SimulationOptions } from './simulation/simulation.ts'
import { printSummary, Summary } from './simulation/summary.ts'
import { instant } from './time.ts'

export interface EventOptions {
  /** A file, or - for standard input. */
  readonly events: string
  readonly topic: string
  readonly asOf?: number
}

interface SimulateOptions extends EventOptions {
  readonly json?: boolean
  readonly explain?: boolean
  readonly rejects?: string
}

/** Says where events come from, and up to when they count. */
export function withEvents(command: Command): Command {
  return command
    .option(
      '--topic <name>',
      'as if they came from this topic: it says whose they are, where an event names no source',
      'customer-events',
    )
    .option('--as-of <time>', 'as of this time; unless given, that of the last event', instant)
}

/** The command that tries a program on a file of events. */
export function addSimulate(program: Command): void {
  withEvents(
    program
      .command('simulate')
      .description('show what a program makes of a file of events; needs no services, and changes nothing')
      .argument('<directory>', 'the directory with its program.yaml and sources.yaml')
      .requiredOption('--events <file>', 'one event a line (NDJSON), in any order; - for standard input'),
  )
    .option('--json', 'every customer as JSON, one a line')
    .option('--explain', 'with the events behind every award; as JSON')
    .option('--rejects <file>', 'write which lines were refused, and why, as JSON, one a line')
    .action((directory: string, options: SimulateOptions) => runSimulate(directory, options))
}

async function runSimulate(directory: string, options: SimulateOptions): Promise<void> {
  const rejects = options.rejects === undefined ? undefined : openRejects(options.rejects)
  await inTemporaryDirectory(async (temporary) => {
    const { program, sources } = load(directory)
    const summary = new Summary(program)
    const simulation = await runSimulation({
      ...eventsOf(options),
      program,
      sources,
      explains: options.explain ?? false,
      directory: temporary,
      refuse: (refusal: Refusal) => {
        summary.refuse(refusal)
        if (rejects !== undefined) writeSync(rejects, `${JSON.stringify(refusal)}\n`)
      },
      observe: (customer) => summary.observe(customer),
    })
    if (options.json || options.explain) await writeResults(simulation)
    // Data and what is said of it go different ways, so that the data can go on to another program.
    printSummary(
      directory,
      simulation,
      summary,
      options.json || options.explain ? process.stderr : process.stdout,
    )
  })
  if (rejects !== undefined) closeSync(rejects)
}

function openRejects(file: string): number {
  try {
    return openSync(file, 'w')
  } catch (error) {
    throw new LaurelError('ARGUMENT_INVALID', `${file} cannot be written: ${(error as Error).message}`, error)
  }
}

/** What the options say of the events. */
export function eventsOf({
  events,
  topic,
  asOf,
}: EventOptions): Pick<SimulationOptions, 'file' | 'topic' | 'asOf' | 'now' | 'parts'> {
  return { file: events, topic, asOf, now: Date.now(), parts: partsOf(events) }
}

/**
 * @throws LaurelError ARGUMENT_INVALID where the directory lacks a file, PROGRAM_INVALID with file, line and what to
 *   change for every mistake
 */
export function load(directory: string): { program: Program; sources: SimulationOptions['sources'] } {
  for (const file of ['program.yaml', 'sources.yaml'].map((name) => join(directory, name))) {
    if (existsSync(file)) continue
    const message = `${file} is not there: name a directory with a program.yaml and a sources.yaml, which may be copied from programs/telco.`
    throw new LaurelError('ARGUMENT_INVALID', message)
  }
  const { text, sources } = loadProgram(directory)
  return { program: parseProgram(join(directory, 'program.yaml'), text, 'simulated'), sources }
}

/** Gives a directory that is gone afterwards, also where somebody presses Ctrl-C. */
export async function inTemporaryDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'laurel-simulation-'))
  const clear = () => rmSync(directory, { recursive: true, force: true })
  const interrupt = () => process.exit(130)
  process.once('SIGINT', interrupt)
  process.once('exit', clear)
  try {
    return await run(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    const message = `There is no room left in ${tmpdir()}: set TMPDIR to a directory with about twice the room of the events.`
    throw new LaurelError('ARGUMENT_INVALID', message, error)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('exit', clear)
    clear()
  }
}

async function writeResults({ results }: Simulation): Promise<void> {
  for (const { text } of results)
    if (!process.stdout.write(`${text}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve))
}
