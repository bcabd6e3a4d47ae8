import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { LaurelError } from '#domain/error.ts'
import { connect, type Database } from '#store/database.ts'
import { BATCH } from './arrival.ts'
import { type Counters, countersOf, type IdentityIndex, identityIndex } from './counters.ts'
import { copyCustomers, copyEvents, keepOriginals, type Originals, settle, unsettle } from './filler.ts'
import { type LoadEvent, load } from './load.ts'
import { machine, machineLine } from './machine.ts'
import { faultsSince } from './numbers.ts'
import { openPipeline } from './pipeline.ts'
import type { Report } from './report.ts'
import type { Server } from './server.ts'
import { table } from './table.ts'
import { Stopwatch, type Timing, wholePath } from './timing.ts'
import { usageOf } from './usage.ts'

export interface GrowthOptions {
  /** How many customers there are, step by step, ascending. */
  readonly customers: readonly number[]
  /** How many events are stored, in further steps, of customers that nobody hears of any more. */
  readonly stored: readonly number[]
  /** How many events are measured at each step. */
  readonly events: number
  /** After the first size, none is begun that would probably end later than this. */
  readonly seconds: number
}

/** A size that the tables are brought to: in copies of the first customers. */
interface Size {
  readonly customers: number
  readonly events: number
}

/** What came of a size; everything by event of those that were measured. */
interface Step {
  readonly customers: number
  readonly stored: number
  /** Of the database, bytes. */
  readonly size: number
  /** ms of all. */
  readonly timing: Timing
  /** µs; undefined where the server is not one that was started here. */
  readonly cpu: number | undefined
  readonly counters: Counters
  readonly faults: readonly string[]
}

const HOUR = 3_600_000
const DAYS = 30
const CUSTOMERS = 2_000
const EACH = 10
/** What comes before the measured events, so that no code or plan is met for the first time. */
const WARM_UP = 4 * BATCH
// As filling has shown: rows with their indexes, and the log of a fill, which is kept for a while.
const CUSTOMER_BYTES = 3_000
const EVENT_BYTES = 800
const SPARE_BYTES = 4 * 2 ** 30

/**
 * What an event costs in tables that have grown. The first customers come through the pipeline; they are copied
 * until the tables are as large as wanted, and at each size new events are brought through all stages.
 */
export async function growth(
  options: GrowthOptions,
  server: Server,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const sizes = sizesOf(options)
  refuseWithoutRoom(sizes.at(-1)!)
  return server.withDatabases(1, async ([url]) => {
    const admin = connect(url!, { application: 'laurel bench', connections: 1 })
    try {
      // Filling and vacuuming take longer than a statement of a worker may.
      await admin.sql`set statement_timeout = 0`
      const now = Date.now()
      const begun = performance.now()
      const since = () => `${((performance.now() - begun) / 1_000).toFixed(0)} s`
      const originals = await original(url!, admin, now - HOUR * 24 * DAYS, now, abort)
      const steps: Step[] = []
      let done: Size = { customers: 0, events: 0 }
      // ms: of a copy, and of measuring.
      let [copying, measuring] = [0, 0]
      for (const size of sizes) {
        const from = performance.now()
        const more = size.events - done.events
        if (from - begun + more * copying + measuring > options.seconds * 1_000) {
          log(`no larger sizes: the next would not end within ${options.seconds} s (--seconds)`)
          break
        }
        await unsettle(admin)
        await copyCustomers(admin, originals, done.customers + 1, size.customers, abort)
        await copyEvents(admin, originals, done.events + 1, size.events, abort)
        done = size
        await settle(admin)
        const filled = performance.now()
        log(`${since()}: filled to ${(size.customers + 1) * originals.customers} customers`)
        const at = now + steps.length * HOUR
        const step = await measure(url!, server, admin, options.events, steps.length, at, abort)
        steps.push(step)
        copying = (filled - from) / Math.max(1, more)
        measuring = performance.now() - filled
        const micros = (wholePath(step.timing) * 1_000) / options.events
        log(`${since()}: ${micros.toFixed(0)} µs an event with ${step.stored} events stored`)
      }
      return report(options, steps, server.version, await identityIndex(admin))
    } finally {
      await admin.close()
    }
  })
}

function sizesOf({ customers, stored }: GrowthOptions): readonly Size[] {
  const sizes = [
    ...customers.map((count) => ({ customers: count / CUSTOMERS - 1, events: count / CUSTOMERS - 1 })),
    ...stored.map((count) => ({
      customers: customers.at(-1)! / CUSTOMERS - 1,
      events: count / (CUSTOMERS * EACH) - 1,
    })),
  ]
  const isAscending = sizes.every(({ events }, i) => i === 0 || events > sizes[i - 1]!.events)
  if (!isAscending || sizes.some(({ events }) => !Number.isInteger(events) || events < 0)) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      `Each size must be larger than the one before: customers in multiples of ${CUSTOMERS}, with ${EACH} events each, then stored events in multiples of ${CUSTOMERS * EACH}.`,
    )
  }
  return sizes
}

function refuseWithoutRoom({ customers, events }: Size): void {
  const { bavail, bsize } = statfsSync(tmpdir())
  const free = bavail * bsize
  const needed =
    (customers + 1) * CUSTOMERS * CUSTOMER_BYTES + (events + 1) * CUSTOMERS * EACH * EVENT_BYTES + SPARE_BYTES
  if (free >= needed) return
  const gb = (bytes: number) => `${(bytes / 1e9).toFixed(0)} GB`
  throw new LaurelError(
    'ARGUMENT_INVALID',
    `This takes ${gb(needed)} of disk below ${tmpdir()}, where ${gb(free)} are free: ask for smaller sizes, or name another directory in TMPDIR.`,
  )
}

/** Brings the first customers through the pipeline. */
async function original(
  url: string,
  admin: Database,
  from: number,
  to: number,
  abort: AbortSignal,
): Promise<Originals> {
  const events = load({ seed: 1, events: CUSTOMERS * EACH, customers: CUSTOMERS, from, to, law: 'uniform' })
  await bring(url, events, to, 0, abort)
  const originals = await keepOriginals(admin)
  if (originals.customers !== CUSTOMERS || originals.events !== events.length)
    throw new Error(`the load left ${originals.customers} customers and ${originals.events} events`)
  return originals
}

/** Brings events through all stages, one after the other, as workers do with what waits. */
async function bring(
  url: string,
  events: readonly LoadEvent[],
  arrival: number,
  first: number,
  abort: AbortSignal,
): Promise<Timing> {
  const stopwatch = new Stopwatch()
  const pipeline = await openPipeline(url, arrival, first)
  const each = async <T>(all: readonly T[], work: (one: T) => Promise<unknown>) => {
    for (const one of all) {
      abort.throwIfAborted()
      await work(one)
    }
  }
  try {
    const batches = Array.from({ length: Math.ceil(events.length / BATCH) }, (_, index) =>
      events.slice(index * BATCH, (index + 1) * BATCH),
    )
    const recorded: number[] = []
    await stopwatch.during('record', () =>
      each(batches, async (batch) => recorded.push(await pipeline.record(batch))),
    )
    await stopwatch.during('score', () => each(recorded, pipeline.score))
    await stopwatch.during('gamify', () => each(recorded, pipeline.gamify))
    return stopwatch.timing
  } finally {
    await pipeline.close()
  }
}

async function measure(
  url: string,
  { pid }: Server,
  admin: Database,
  count: number,
  number: number,
  from: number,
  abort: AbortSignal,
): Promise<Step> {
  const [{ customers }] = await admin.sql<[{ customers: number }]>`
    select count(*)::bigint as customers from subjects`
  const to = from + HOUR
  const events = load({ seed: 2 + number, events: WARM_UP + count, customers, from, to, law: 'uniform' })
  // Offsets that no other step has.
  const first = (number + 1) * 100_000_000
  await bring(url, events.slice(0, WARM_UP), to, first, abort)
  const [before, used] = [await countersOf(admin), pid === undefined ? undefined : usageOf(pid).cpu]
  const timing = await bring(url, events.slice(WARM_UP), to, first + WARM_UP, abort)
  const cpu = used === undefined ? undefined : (usageOf(pid!).cpu - used) / count
  const after = await countersOf(admin)
  const byEvent = (name: keyof Counters) => (after[name] - before[name]) / count
  const faults = await faultsSince(admin, before.batch, count)
  await admin.sql`update batches set ranked_at = now() where ranked_at is null`
  const [{ stored, size }] = await admin.sql<[{ stored: number; size: number }]>`
    select count(*)::bigint as stored, pg_database_size(current_database())::bigint as size from events`
  return {
    customers,
    stored,
    size,
    timing,
    cpu,
    counters: {
      batch: after.batch,
      wal: byEvent('wal'),
      images: byEvent('images'),
      reads: byEvent('reads'),
      hits: byEvent('hits'),
    },
    faults,
  }
}

function report(
  options: GrowthOptions,
  steps: readonly Step[],
  version: string,
  index: IdentityIndex,
): Report {
  const where = machine(version)
  const base = steps[0]!
  const micros = (ms: number) => (ms * 1_000) / options.events
  const results = steps.map((step) => ({
    ...step,
    pathRatio: wholePath(step.timing) / wholePath(base.timing),
    cpuRatio: step.cpu === undefined || base.cpu === undefined ? undefined : step.cpu / base.cpu,
  }))
  const faults = steps.flatMap(({ customers, stored, faults }) =>
    faults.map((fault) => `${customers} customers, ${stored} events: ${fault}`),
  )
  const count = (number: number) => number.toLocaleString('en-US')
  const markdown = [
    table(
      [
        { heading: 'customers' },
        { heading: 'stored events' },
        { heading: 'database, MB' },
        { heading: 'record, µs' },
        { heading: 'score, µs' },
        { heading: 'gamify, µs' },
        { heading: 'whole path, ratio', decimals: 2 },
        { heading: 'PostgreSQL, µs of CPU' },
        { heading: 'ratio', decimals: 2 },
        { heading: 'WAL, bytes' },
        { heading: 'whole pages in it', decimals: 1 },
        { heading: 'pages read', decimals: 1 },
      ],
      results.map(({ customers, stored, size, timing, pathRatio, cpu, cpuRatio, counters }) => [
        customers,
        stored,
        size / 2 ** 20,
        micros(timing.record),
        micros(timing.score),
        micros(timing.gamify),
        pathRatio,
        cpu ?? '',
        cpuRatio ?? '',
        counters.wal,
        counters.images,
        counters.reads,
      ]),
    ),
    '',
    `By event, of ${count(options.events)} at each size, whose customers are drawn evenly from all; ratios are to the first row. The first ${count(CUSTOMERS)}`,
    `customers came through the pipeline with ${EACH} events each, and were copied with all their rows, one database growing from row to row,`,
    'with `vacuum analyze` and a checkpoint before each is measured. So nearly every page is changed for the first time since the checkpoint,',
    'and goes into the log whole. In one process, one stage after the other; PostgreSQL durable, no Kafka, no Redis.',
    `The index of identities has ${count(index.pages)} pages at the end, ${(index.bytes / index.entries).toFixed(0)} bytes an entry.`,
    faults.length === 0
      ? 'Games, scores and ledgers of all customers that were touched have come to what is stored of them.'
      : 'THE RESULTS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'growth', machine: where, options, results, index, faults }
  return { name: 'growth', title: 'Growth', markdown, data, faults }
}
