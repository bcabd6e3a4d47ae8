import { SAMPLE } from './accuracy.ts'
import type { Run } from './installed.ts'
import { machineLine } from './machine.ts'
import { eachPart, PARTS } from './part.ts'
import type { Report } from './report.ts'
import { DAYS, isAudited, runShape, type Shape } from './shape.ts'
import { table } from './table.ts'
import { median } from './timing.ts'

export interface ThroughputOptions extends Shape {
  /** Each on an installation of its own; the median counts. */
  readonly runs: number
}

/** How fast a preloaded topic is taken from Kafka to gamified, by whole installations with all they promise. */
export async function throughput(
  options: ThroughputOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { runs } = options
  const done: Run[] = []
  for (let number = 1; number <= runs; number++) {
    const run = await runShape(options, abort, log)
    done.push(run)
    log(`run ${number} of ${runs}: ${Math.round(run.rate)} events/s`)
  }
  return report(options, done)
}

const LAW_NAMES = { zipf: 'Zipf', uniform: 'all as active' } as const

function report(options: ThroughputOptions, runs: readonly Run[]): Report {
  const { program, events, customers, law, seed, known } = options
  const where = runs[0]!.machine
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
    `**${count(rate)} events/s** from Kafka to gamified (median of ${runs.length}: ${runs.map((run) => count(run.rate)).join(', ')}), with the ${program} program.`,
    `${count(events)} events of ${count(customers)} customers${known ? ' who were known' : ''} over ${DAYS} days (${LAW_NAMES[law]}, seed ${seed}) lay in a topic of 3 partitions when one`,
    `bridge and one worker with all pools were started; every server is on the same machine, durable. An event writes`,
    `${count(of((run) => run.wal))} bytes of WAL, and ${count(of((run) => run.redis))} go to Redis.`,
    faults.length === 0
      ? `${SAMPLE} customers were ${isAudited(options) ? 'folded again' : 'compared with the reference'}, and the sums over all: nothing lost, nothing twice.`
      : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'throughput', machine: where, options, runs, rate, cpu, memory, faults }
  return { name: 'throughput', title: 'Throughput', markdown, data, faults }
}
