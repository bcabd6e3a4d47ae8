import { type Arrival, arrivals, BATCH, lateShare } from './arrival.ts'
import { load } from './load.ts'
import { machine, machineLine } from './machine.ts'
import { differences } from './numbers.ts'
import type { Report } from './report.ts'
import { type Run, round } from './round.ts'
import type { Server } from './server.ts'
import { table } from './table.ts'
import { median, type Timing, wholePath } from './timing.ts'

export interface DisorderOptions {
  readonly events: number
  readonly customers: number
  readonly seed: number
  /** How often everything is measured, at most; the median counts. */
  readonly rounds: number
  /** After the first round, none is begun that would probably end later than this. */
  readonly seconds: number
}

const DAY = 86_400_000
const DAYS = 30
/** The part of the load that is run through first, so that no run meets code which is not yet compiled. */
const WARM_UP = 0.05

/** What it costs that the same events arrive late, shuffled or twice, and whether they end in the same numbers. */
export async function disorder(
  options: DisorderOptions,
  server: Server,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const begun = performance.now()
  const { seed, customers, rounds, seconds } = options
  const to = Date.now()
  const of = (events: number) => arrivals(load({ seed, events, customers, from: to - DAYS * DAY, to }), seed)
  log('warming up')
  await round(server, of(Math.ceil(options.events * WARM_UP)), to, abort)
  const all = of(options.events)
  const done: (readonly Run[])[] = []
  for (let number = 1; number <= rounds; number++) {
    const before = performance.now()
    done.push(await round(server, all, to, abort))
    const now = performance.now()
    log(`round ${number} of ${rounds}: ${((now - before) / 1_000).toFixed(0)} s`)
    if (number < rounds && 2 * now - before - begun > seconds * 1_000) {
      log(`no more rounds: another one would not end within ${seconds} s (--seconds)`)
      break
    }
  }
  return report(options, all, done, server.version)
}

/** @param rounds what came of each arrival, in their order, round by round */
function report(
  options: DisorderOptions,
  arrivals: readonly Arrival[],
  rounds: readonly (readonly Run[])[],
  version: string,
): Report {
  const where = machine(version)
  const medians = arrivals.map((arrival, index) => {
    const runs = rounds.map((round) => round[index]!)
    return {
      name: arrival.name,
      messages: arrival.batches.flat().length,
      late: lateShare(arrival),
      ...medianOf(runs.map(({ timing }) => timing)),
      runs,
    }
  })
  const base = medians[0]!
  const results = medians.map((each) => ({
    ...each,
    eventsPerSecond: (options.events / each.path) * 1_000,
    gamifyRatio: each.timing.gamify / base.timing.gamify,
    pathRatio: each.path / base.path,
  }))
  const expected = base.runs[0]!.numbers
  const faults = results.flatMap(({ name, runs }) =>
    runs.flatMap((run) =>
      [...run.faults, ...differences(expected, run.numbers)].map((fault) => `${name}: ${fault}`),
    ),
  )
  const micros = (ms: number) => (ms * 1_000) / options.events
  const rows = results.map(({ name, late, timing, eventsPerSecond, gamifyRatio, pathRatio }) => [
    name,
    late * 100,
    eventsPerSecond,
    micros(timing.record),
    micros(timing.score),
    micros(timing.gamify),
    gamifyRatio,
    pathRatio,
  ])
  const { events, customers, seed } = options
  const count = (number: number) => number.toLocaleString('en-US')
  const markdown = [
    table(
      [
        { heading: 'the same events' },
        { heading: 'late games', decimals: 1, unit: ' %' },
        { heading: 'events/s' },
        { heading: 'record, µs' },
        { heading: 'score, µs' },
        { heading: 'gamify, µs' },
        { heading: 'gamify, ratio', decimals: 2 },
        { heading: 'whole path, ratio', decimals: 2 },
      ],
      rows,
    ),
    '',
    `${count(events)} events of ${count(customers)} customers over ${DAYS} days (seed ${seed}), in batches of ${BATCH}. In one process one stage`,
    `after the other; PostgreSQL durable, no Kafka, no Redis. The rows take turns on`,
    `the machine, ${rounds.length === 1 ? 'once' : `and of ${rounds.length} rounds the median counts`}. µs and events/s are by event, however often it is delivered;`,
    'ratios are to the first row. Late games: of the games that a batch finds, those that had got past one of its events.',
    faults.length === 0
      ? 'All runs ended in the same awards, wallets, standings and scores.'
      : 'THE RUNS DID NOT END IN THE SAME NUMBERS.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'disorder', machine: where, options, results, faults }
  return { name: 'disorder', title: 'Disorder', markdown, data, faults }
}

function medianOf(timings: readonly Timing[]): { timing: Timing; path: number } {
  const of = (stage: keyof Timing) => median(timings.map((timing) => timing[stage]))
  return {
    timing: { record: of('record'), score: of('score'), gamify: of('gamify') },
    path: median(timings.map(wholePath)),
  }
}
