import { parseProgram } from '#domain/program.ts'
import { loadProgram } from '#runtime/program.ts'
import type { Run } from './installed.ts'
import { machineLine } from './machine.ts'
import { PARTS } from './part.ts'
import { PROGRAMS, type ProgramName } from './program.ts'
import type { Report } from './report.ts'
import { runSample } from './sample.ts'
import { DAYS, runShape } from './shape.ts'
import { table } from './table.ts'
import { median } from './timing.ts'

export interface ProgramsOptions {
  /** Of the sample. */
  readonly people: number
  readonly days: number
  /** Of the load with many recharges. */
  readonly events: number
  readonly customers: number
  readonly seed: number
  /** How often each is measured; the medians count. */
  readonly rounds: number
}

/** What comes in, and under which programs: the starter program first, which the others are held against. */
const TRAFFIC = {
  'laurel sample': ['starter', 'full'],
  'many recharges': ['starter', 'full', 'dense'],
} as const satisfies Record<string, readonly ProgramName[]>
type Traffic = keyof typeof TRAFFIC

interface Measured {
  readonly traffic: Traffic
  readonly program: ProgramName
  readonly runs: Run[]
  /** Under the starter program, in the same rounds. */
  readonly starter: readonly Run[]
}

/** What rules cost: the same events under one program after the other, in turns, so that their ratios hold. */
export async function programs(
  options: ProgramsOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { people, days, events, customers, seed, rounds } = options
  const all = (Object.keys(TRAFFIC) as Traffic[]).flatMap((traffic): Measured[] => {
    const starter: Run[] = []
    return TRAFFIC[traffic].map((program) => ({
      traffic,
      program,
      starter,
      runs: program === 'starter' ? starter : [],
    }))
  })
  for (let round = 1; round <= rounds; round++) {
    for (const { traffic, program, runs } of all) {
      const run =
        traffic === 'laurel sample'
          ? await runSample({ program, people, days, seed }, abort, log)
          : await runShape({ program, customers, law: 'zipf', events, seed, known: false }, abort, log)
      runs.push(run)
      log(`${traffic}, ${program}, ${round} of ${rounds}: ${Math.round(run.rate)} events/s`)
    }
  }
  return report(options, all)
}

function report(options: ProgramsOptions, all: readonly Measured[]): Report {
  const where = all[0]!.runs[0]!.machine
  const cost = ({ cpu }: Run) => PARTS.reduce((total, part) => total + cpu[part], 0)
  const rows = all.map(({ traffic, program, runs, starter }) => {
    const of = (figure: (run: Run) => number) => median(runs.map(figure))
    const against = (figure: (run: Run) => number) =>
      median(runs.map((run, round) => figure(run) / figure(starter[round]!)))
    return {
      traffic,
      program,
      entries: parseProgram('program.yaml', loadProgram(PROGRAMS[program]).text, 'bench').entries.length,
      awards: of(({ awards, messages }) => awards / messages),
      rate: of(({ rate }) => rate),
      cost: of(cost),
      worker: of(({ cpu }) => cpu.worker),
      postgres: of(({ cpu }) => cpu.postgres),
      wal: of(({ wal }) => wal),
      rates: against(({ rate }) => rate),
      costs: against(cost),
    }
  })
  const faults = all.flatMap(({ traffic, program, runs }) =>
    runs.flatMap(({ faults }) => faults.map((fault) => `${traffic}, ${program}: ${fault}`)),
  )
  const count = (number: number) => number.toLocaleString('en-US')
  const sampled = all[0]!.runs[0]!.messages
  const markdown = [
    table(
      [
        { heading: 'events' },
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
        row.traffic,
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
    `Medians of ${options.rounds} rounds in which the programs take turns; a ratio is the median of those of each round. The sample:`,
    `${count(sampled)} messages of ${count(options.people)} people over ${options.days} days. Many recharges: ${count(options.events)} events of ${count(options.customers)} customers`,
    `over ${DAYS} days (Zipf), a quarter of them recharges. All with seed ${options.seed}, in a topic of 3 partitions when one bridge and one`,
    'worker with all pools were started; every server is on the same machine, durable. µs of CPU and bytes are by event.',
    faults.length === 0 ? 'Nothing lost, nothing twice in any run.' : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'programs', machine: where, options, rows, runs: all, faults }
  return { name: 'programs', title: 'Programs', markdown, data, faults }
}
