import { parseProgram } from '#domain/program.ts'
import { loadProgram } from '#runtime/program.ts'
import { machineLine } from './machine.ts'
import { PARTS } from './part.ts'
import { PROGRAMS, type ProgramName } from './program.ts'
import type { Report } from './report.ts'
import { DAYS, type Run, runShape } from './shape.ts'
import { table } from './table.ts'
import { median } from './timing.ts'

export interface ProgramsOptions {
  readonly events: number
  readonly customers: number
  readonly seed: number
  /** How often each is measured; the medians count. */
  readonly rounds: number
}

const NAMES = Object.keys(PROGRAMS) as ProgramName[]

/** What the rules cost: the same load under one program after the other, in turns, so that their ratios hold. */
export async function programs(
  options: ProgramsOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { events, customers, seed, rounds } = options
  const runs: Record<ProgramName, Run[]> = { starter: [], full: [], dense: [] }
  for (let round = 1; round <= rounds; round++) {
    for (const program of NAMES) {
      const shape = { program, customers, law: 'zipf', events, seed, known: false } as const
      const run = await runShape(shape, abort, log)
      runs[program].push(run)
      log(`${program}, ${round} of ${rounds}: ${Math.round(run.rate)} events/s`)
    }
  }
  return report(options, runs)
}

function report(options: ProgramsOptions, runs: Readonly<Record<ProgramName, readonly Run[]>>): Report {
  const where = runs.starter[0]!.machine
  const cost = ({ cpu }: Run) => PARTS.reduce((total, part) => total + cpu[part], 0)
  const rows = NAMES.map((program) => {
    const own = runs[program]
    const of = (figure: (run: Run) => number) => median(own.map(figure))
    const against = (figure: (run: Run) => number) =>
      median(own.map((run, round) => figure(run) / figure(runs.starter[round]!)))
    return {
      program,
      entries: parseProgram('program.yaml', loadProgram(PROGRAMS[program]).text, 'bench').entries.length,
      awards: of(({ awards }) => awards / options.events),
      rate: of(({ rate }) => rate),
      cost: of(cost),
      worker: of(({ cpu }) => cpu.worker),
      postgres: of(({ cpu }) => cpu.postgres),
      wal: of(({ wal }) => wal),
      rates: against(({ rate }) => rate),
      costs: against(cost),
    }
  })
  const faults = NAMES.flatMap((program) =>
    runs[program].flatMap(({ faults }) => faults.map((fault) => `${program}: ${fault}`)),
  )
  const markdown = [
    table(
      [
        { heading: 'program' },
        { heading: 'entries' },
        { heading: 'awards an event', decimals: 2 },
        { heading: 'events/s' },
        { heading: 'to starter', decimals: 2 },
        { heading: 'CPU, µs' },
        { heading: 'to starter', decimals: 2 },
        { heading: 'worker, µs' },
        { heading: 'postgres, µs' },
        { heading: 'WAL, B' },
      ],
      rows.map((row) => [
        row.program,
        row.entries,
        row.awards,
        row.rate,
        row.rates,
        row.cost,
        row.costs,
        row.worker,
        row.postgres,
        row.wal,
      ]),
    ),
    '',
    `Medians of ${options.rounds} rounds in which the programs take turns; a ratio is the median of those of each round. ${options.events.toLocaleString('en-US')}`,
    `events of ${options.customers.toLocaleString('en-US')} customers over ${DAYS} days (Zipf, seed ${options.seed}) lay in a topic of 3 partitions when one bridge and one`,
    'worker with all pools were started; every server is on the same machine, durable. µs of CPU and bytes are by event.',
    faults.length === 0 ? 'Nothing lost, nothing twice in any run.' : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'programs', machine: where, options, rows, runs, faults }
  return { name: 'programs', title: 'Programs', markdown, data, faults }
}
