import { Installation } from '../test/support/installation.ts'
import { referenceFaults, SAMPLE } from './accuracy.ts'
import { type Capacity, eachPart, measureCapacity, PARTS, versionOf } from './capacity.ts'
import { type LoadEvent, load } from './load.ts'
import { machine, machineLine } from './machine.ts'
import { faultsOf } from './numbers.ts'
import type { Report } from './report.ts'
import { table } from './table.ts'
import { median } from './timing.ts'

export interface ThroughputOptions {
  readonly events: number
  readonly customers: number
  readonly seed: number
  /** Each on an installation of its own; the median counts. */
  readonly runs: number
}

interface Run extends Capacity {
  readonly version: string
  readonly faults: readonly string[]
}

const DAY = 86_400_000
const DAYS = 30
const TOPIC = 'customer-events'

/** How fast a preloaded topic is taken from Kafka to gamified, by whole installations with all they promise. */
export async function throughput(
  options: ThroughputOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { seed, events, customers, runs } = options
  const to = Date.now()
  const all = load({ seed, events, customers, from: to - DAYS * DAY, to })
  const done: Run[] = []
  for (let number = 1; number <= runs; number++) {
    const run = await runOn(all, abort, log)
    done.push(run)
    log(`run ${number} of ${runs}: ${Math.round(run.rate)} events/s`)
  }
  return report(options, done)
}

async function runOn(
  all: readonly LoadEvent[],
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Run> {
  const installation = await Installation.create({ LOG_LEVEL: 'warn' })
  try {
    await installation.publish(all.map(({ text }) => ({ topic: TOPIC, value: text })))
    const capacity = await measureCapacity(installation, all.length, abort)
    log('comparing with the reference')
    const faults = [
      ...(await installation.imbalances()),
      ...(await faultsOf(installation.database, all.length)),
      ...(await referenceFaults(installation)),
    ]
    return { ...capacity, version: await versionOf(installation), faults }
  } finally {
    await installation.stop()
  }
}

function report(options: ThroughputOptions, runs: readonly Run[]): Report {
  const { events, customers, seed } = options
  const where = machine(runs[0]!.version)
  const of = (value: (run: Run) => number) => median(runs.map(value))
  const cpu = eachPart((part) => of((run) => run.cpu[part]))
  const memory = eachPart((part) => of((run) => run.memory[part]))
  const rate = of((run) => run.rate)
  const sum = PARTS.reduce((total, part) => total + cpu[part], 0)
  const faults = runs.flatMap((run) => run.faults)
  const count = (number: number) => Math.round(number).toLocaleString('en-US')
  const markdown = [
    table(
      [{ heading: 'process' }, { heading: 'CPU an event, µs' }, { heading: 'memory at most, MB' }],
      [
        ...PARTS.map((part) => [part, cpu[part], memory[part] / 2 ** 20] as const),
        ['all', sum, PARTS.reduce((total, part) => total + memory[part], 0) / 2 ** 20] as const,
      ],
    ),
    '',
    `**${count(rate)} events/s** from Kafka to gamified (median of ${runs.length}: ${runs.map((run) => count(run.rate)).join(', ')}). ${count(events)} events of ${count(customers)}`,
    `customers over ${DAYS} days (Zipf, seed ${seed}) lay in a topic of 3 partitions when one bridge and one worker with all pools were started;`,
    `every server is on the same machine, durable. An event writes ${count(of((run) => run.wal))} bytes of WAL, and ${count(of((run) => run.redis))} go to Redis.`,
    faults.length === 0
      ? `${SAMPLE} customers were compared with the reference, and the sums over all: nothing lost, nothing twice.`
      : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'throughput', machine: where, options, runs, rate, cpu, memory, faults }
  return { name: 'throughput', title: 'Throughput', markdown, data, faults }
}
