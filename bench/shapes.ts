import { SAMPLE } from './accuracy.ts'
import type { Run } from './installed.ts'
import { LAWS } from './load.ts'
import { machineLine } from './machine.ts'
import { PARTS } from './part.ts'
import type { ProgramName } from './program.ts'
import type { Report } from './report.ts'
import { DAYS, runShape, type Shape } from './shape.ts'
import { table } from './table.ts'

export interface ShapesOptions {
  readonly events: number
  readonly seed: number
  /** How many customers the smaller shapes have, and the larger ones. */
  readonly few: number
  readonly many: number
}

/** The least and the most that a program may be; what is between them is compared by `programs`. */
const EXTREMES: readonly ProgramName[] = ['starter', 'dense']

/** How throughput depends on the rules, on how many customers there are, and on how events spread over them. */
export async function shapes(
  options: ShapesOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { events, seed, few, many } = options
  const all = EXTREMES.flatMap((program) =>
    [few, many].flatMap((customers) =>
      LAWS.map((law): Shape => ({ program, customers, law, events, seed, known: true })),
    ),
  )
  const runs: Run[] = []
  for (const [index, shape] of all.entries()) {
    const run = await runShape(shape, abort, log)
    runs.push(run)
    log(
      `${index + 1} of ${all.length}: ${shape.program}, ${shape.customers}, ${shape.law}: ${Math.round(run.rate)} events/s`,
    )
  }
  return report(options, all, runs)
}

/** @param runs what came of each shape, in their order */
function report(options: ShapesOptions, all: readonly Shape[], runs: readonly Run[]): Report {
  const where = runs[0]!.machine
  const results = all.map((shape, index) => ({ shape, ...runs[index]! }))
  const faults = results.flatMap(({ shape, faults }) =>
    faults.map((fault) => `${shape.program}, ${shape.customers}, ${shape.law}: ${fault}`),
  )
  const count = (number: number) => number.toLocaleString('en-US')
  const sum = (by: Run['cpu']) => PARTS.reduce((total, part) => total + by[part], 0)
  const markdown = [
    table(
      [
        { heading: 'program' },
        { heading: 'customers' },
        { heading: 'activity' },
        { heading: 'events/s' },
        ...PARTS.map((part) => ({ heading: `${part}, µs` })),
        { heading: 'all, µs' },
        { heading: 'WAL, B' },
        { heading: 'Redis, B' },
        { heading: 'memory, MB' },
      ],
      results.map(({ shape, rate, cpu, memory, wal, redis }) => [
        shape.program,
        shape.customers,
        shape.law,
        rate,
        ...PARTS.map((part) => cpu[part]),
        sum(cpu),
        wal,
        redis,
        sum(memory) / 2 ** 20,
      ]),
    ),
    '',
    `One run each: ${count(options.events)} events over ${DAYS} days (seed ${options.seed}) lay in a topic of 3 partitions when one bridge and one worker with`,
    'all pools were started; every server is on the same machine, durable. Each customer had had one event before, which is',
    'not measured. µs of CPU and bytes are by event; memory is what all processes held at most, the servers since their start.',
    faults.length === 0
      ? `After each run ${SAMPLE} customers were folded again, and the sums over all compared: nothing lost, nothing twice.`
      : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'shapes', machine: where, options, results, faults }
  return { name: 'shapes', title: 'Shapes', markdown, data, faults }
}
