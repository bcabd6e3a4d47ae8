import { type Comparison, type ComparisonOptions, compare, DAYS } from './baseline/comparison.ts'
import type { Pace } from './baseline/pace.ts'
import { machine, machineLine } from './machine.ts'
import type { Report } from './report.ts'
import { table } from './table.ts'
import { median } from './timing.ts'

export interface BaselinesOptions extends ComparisonOptions {
  /** Each on an installation of its own; the median of the ratios counts. */
  readonly rounds: number
}

/** What each way has come to, by the name of its row. */
const WAYS = {
  Laurel: ({ laurel }) => laurel,
  'a job an event and stage': ({ jobs }) => jobs,
  'a loop over messages': ({ loop }) => loop,
  'bulk statements alone': ({ bulk }) => bulk,
} as const satisfies Record<string, (comparison: Comparison) => Pace>

/** How Laurel stands to the usual ways of doing the same, and to what PostgreSQL can take at most. */
export async function baselines(
  options: BaselinesOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const done: Comparison[] = []
  for (let number = 1; number <= options.rounds; number++) {
    log(`round ${number} of ${options.rounds}`)
    done.push(await compare(options, abort, log))
  }
  return report(options, done)
}

function report(options: BaselinesOptions, rounds: readonly Comparison[]): Report {
  const { events, few, customers, seed } = options
  const where = machine(rounds[0]!.version)
  const results = Object.entries(WAYS).map(([name, of]) => ({
    name,
    events: of(rounds[0]!).events,
    rate: median(rounds.map((round) => of(round).rate)),
    cpu: median(rounds.map((round) => of(round).cpu)),
    ratio: median(rounds.map((round) => round.laurel.rate / of(round).rate)),
  }))
  const faults = rounds.flatMap((round) => round.faults)
  const count = (number: number) => number.toLocaleString('en-US')
  const markdown = [
    table(
      [
        { heading: 'the same rules' },
        { heading: 'events' },
        { heading: 'events/s' },
        { heading: 'CPU an event, µs' },
        { heading: 'Laurel has', decimals: 2, unit: ' ×' },
      ],
      results.map((result) => [result.name, result.events, result.rate, result.cpu, result.ratio]),
    ),
    '',
    `${count(events)} events of ${count(customers)} customers over ${DAYS} days (Zipf, seed ${seed}), or the first ${count(few)} of them. All in a row on the`,
    `same Kafka, Redis and PostgreSQL, durable, ${rounds.length === 1 ? 'once' : `${rounds.length} times; the medians are shown`}. The last column compares events/s;`,
    "CPU is without Kafka's own.",
    faults.length === 0
      ? 'A job an event and bulk statements ended in the same awards, wallets, standings and scores as Laurel; the loop in the right sums.'
      : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'baselines', machine: where, options, results, rounds, faults }
  return { name: 'baselines', title: 'Baselines', markdown, data, faults }
}
