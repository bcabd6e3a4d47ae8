import { PARTITIONS } from '../test/support/installation.ts'
import { type Behind, behind } from './behind.ts'
import { bounded } from './bound.ts'
import { type Drain, drain, type Fleet } from './drain.ts'
import type { Latency } from './live.ts'
import { type LoadEvent, load } from './load.ts'
import { machineLine } from './machine.ts'
import { PARTS } from './part.ts'
import type { Report } from './report.ts'
import { table } from './table.ts'

export interface ScaleOptions {
  /** Events that each shape takes to gamified. */
  readonly events: number
  readonly customers: number
  readonly seed: number
  /** Messages of one topic that nobody has read while another has live traffic. */
  readonly behind: number
  /** Events a second of that live traffic. */
  readonly live: number
  /** How long it is measured, alone and with the backlog. */
  readonly seconds: number
}

const DAY = 86_400_000
const DAYS = 30
const BASE: Fleet = { bridges: 1, workers: 1, partitions: PARTITIONS }
const SHAPES: readonly (readonly [string, Partial<Fleet>])[] = [
  [`1 bridge, 1 worker, ${PARTITIONS} partitions`, {}],
  ['2 workers', { workers: 2 }],
  ['3 workers', { workers: 3 }],
  ['2 bridges', { bridges: 2 }],
  ['3 bridges', { bridges: 3 }],
  ['6 partitions', { partitions: 6 }],
  ['12 partitions', { partitions: 12 }],
]
/** The share of one customer. */
const HOT = 0.1
/** Of live traffic's p99, with a backlog to alone. */
const AIM = 2
/** A bound on everything, s: by shape, and for the backlog beside what is measured and published. */
const LIMITS = { shape: 150, behind: 240, publishedASecond: 5_000 }

/** What further processes, partitions, a hot customer and a topic that is far behind cost. */
export async function scale(
  options: ScaleOptions,
  interrupt: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { events, customers, seed, seconds } = options
  const shapes = LIMITS.shape * (SHAPES.length + 1)
  const late = LIMITS.behind + 2 * seconds + options.behind / LIMITS.publishedASecond
  const abort = bounded(interrupt, shapes + late)
  log(`this takes ${Math.ceil((shapes + late) / 60)} minutes at most`)
  const to = Date.now()
  const of = (hot: number) => load({ seed, events, customers, from: to - DAYS * DAY, to, hot })
  const even = of(0)
  const rows: Row[] = []
  const measure = async (name: string, shape: Partial<Fleet>, own: readonly LoadEvent[]) => {
    const row = { name, ...(await drain({ ...BASE, ...shape }, own, abort)) }
    rows.push(row)
    log(`${name}: ${Math.round(row.rate)} events/s`)
  }
  for (const [name, shape] of SHAPES) await measure(name, shape, even)
  await measure(`${HOT * 100} % are one customer's`, {}, of(HOT))
  return report(options, rows, await behind(options, abort, log))
}

interface Row extends Drain {
  readonly name: string
}

function report(options: ScaleOptions, rows: readonly Row[], late: Behind): Report {
  const { events, customers, seed, live, seconds } = options
  const count = (number: number) => Math.round(number).toLocaleString('en-US')
  const base = rows[0]!.rate
  const faults = [
    ...rows.flatMap((row) => row.faults.map((fault) => `${row.name}: ${fault}`)),
    ...late.faults.map((fault) => `far behind: ${fault}`),
  ]
  const markdown = [
    table(
      [
        { heading: '' },
        { heading: 'events/s' },
        { heading: 'ratio', decimals: 2 },
        ...PARTS.map((part) => ({ heading: `${part}, µs` })),
        { heading: 'all, µs' },
      ],
      rows.map(({ name, rate, cpu }) => [
        name,
        rate,
        rate / base,
        ...PARTS.map((part) => cpu[part]),
        PARTS.reduce((sum, part) => sum + cpu[part], 0),
      ]),
    ),
    '',
    table(
      [
        { heading: `live traffic of ${count(live)}/s` },
        { heading: 'events' },
        { heading: 'p50, ms' },
        { heading: 'p99, ms' },
        { heading: 'p99.9, ms' },
      ],
      [
        ['alone', ...figures(late.alone)],
        [`another topic ${count(options.behind)} behind`, ...figures(late.during)],
      ],
    ),
    '',
    `The same ${count(events)} events of ${count(customers)} customers over ${DAYS} days (Zipf, seed ${seed}) lay in a topic; each row an installation of its`,
    'own, every server and process on the same machine, each worker with all pools. What differs from the first row is named. µs',
    'are CPU an event; starting the processes is not counted.',
    `Live traffic's p99 was ${late.ratio.toFixed(2)} times what it is alone, while ${count(late.workedOff)} events a second of the backlog were worked off for ${count(seconds)} s`,
    `(aim: below ${AIM}; ${late.ratio < AIM ? 'met' : 'MISSED'}). ${count(late.left)} were left then.`,
    faults.length === 0 ? 'Every event counted once, and nothing failed.' : 'THE NUMBERS WERE WRONG.',
    '',
    machineLine(late.machine),
  ].join('\n')
  const data = { bench: 'scale', machine: late.machine, options, rows, behind: late, faults }
  return { name: 'scale', title: 'Scale', markdown, data, faults }
}

function figures({ events, p50, p99, p999 }: Latency): readonly number[] {
  return [events, p50, p99, p999]
}
