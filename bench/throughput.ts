import { difference } from '../test/reference/difference.ts'
import { reference } from '../test/reference/reference.ts'
import { Installation } from '../test/support/installation.ts'
import { gamifiedRate, preload } from './backlog.ts'
import { type LoadEvent, load } from './load.ts'
import { type Machine, machineLine, machineWith } from './machine.ts'
import { eachPart, PARTS, type Part, usages } from './part.ts'
import { redisFigure } from './redis.ts'
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

const DAY = 86_400_000
const DAYS = 30
/** Customers whose result is compared with the reference. */
const SAMPLE = 300
const PATIENCE = 600_000
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
    abort.throwIfAborted()
    const run = await measure(all, log)
    done.push(run)
    log(`run ${number} of ${runs}: ${Math.round(run.rate)} events/s`)
  }
  return report(options, done)
}

interface Run {
  /** Events a second, from the first that was recorded to the last that was gamified. */
  readonly rate: number
  /** µs of CPU an event. */
  readonly cpu: Readonly<Record<Part, number>>
  /** Bytes, at the highest. */
  readonly memory: Readonly<Record<Part, number>>
  /** Bytes an event. */
  readonly wal: number
  readonly redis: number
  readonly machine: Machine
  readonly faults: readonly string[]
}

async function measure(all: readonly LoadEvent[], log: (line: string) => void): Promise<Run> {
  const installation = await Installation.create({ LOG_LEVEL: 'warn' })
  try {
    await preload(installation, all, [TOPIC])
    const before = { wal: await walOf(installation), redis: await redisInput(installation) }
    const idle = usages(installation, [], [])
    const { bridge, worker } = await installation.startAll()
    await installation.settled(PATIENCE)
    const used = usages(installation, [bridge], [worker])
    const perEvent = (after: number, from: number) => (after - from) / all.length
    const run = {
      rate: await gamifiedRate(installation.database),
      cpu: eachPart((part) => perEvent(used[part].cpu, idle[part].cpu)),
      memory: eachPart((part) => used[part].peak),
      wal: perEvent(await walOf(installation), before.wal),
      redis: perEvent(await redisInput(installation), before.redis),
      machine: await machineWith(installation.database),
    }
    log('comparing with the reference')
    return { ...run, faults: await faultsOf(installation, all.length) }
  } finally {
    await installation.stop()
  }
}

async function walOf({ database: { sql } }: Installation): Promise<number> {
  const [{ bytes }] = await sql<[{ bytes: number }]>`
    select (pg_current_wal_insert_lsn() - '0/0')::bigint as bytes`
  return bytes
}

const redisInput = (installation: Installation) => redisFigure(installation, 'stats', 'total_net_input_bytes')

/** What is wrong with the results; a sample of customers is compared with the reference in full. */
async function faultsOf(installation: Installation, events: number): Promise<readonly string[]> {
  const { sql } = installation.database
  const faults = [...(await installation.imbalances())]
  const [row] = await sql<[{ events: number; failures: number }]>`
    select (select count(*) from events)::bigint as events, (select count(*) from failures)::bigint as failures`
  if (row.events !== events) faults.push(`${row.events} events count, not ${events}`)
  if (row.failures > 0) faults.push(`${row.failures} failures`)
  await installation.startApi()
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const { customers } = reference(await installation.messages(), {
    now: Date.now(),
    hostZone,
    cluster: await installation.admin.clusterId(),
  })
  const step = Math.max(1, Math.floor(customers.size / SAMPLE))
  const expected = new Map([...customers].filter((_, index) => index % step === 0))
  const actual = new Map<string, unknown>()
  for (const key of expected.keys()) {
    const id = key.slice(key.indexOf(':') + 1)
    actual.set(key, await installation.ask(`/v1/customers/${encodeURIComponent(id)}`))
  }
  return [...faults, ...difference(expected, actual)]
}

function report(options: ThroughputOptions, runs: readonly Run[]): Report {
  const { events, customers, seed } = options
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
