import { connect, migrate } from '#store/database.ts'
import { Installation } from '../../test/support/installation.ts'
import { BATCH } from '../arrival.ts'
import { type Capacity, measureCapacity } from '../capacity.ts'
import { type LoadEvent, load } from '../load.ts'
import { versionOf } from '../machine.ts'
import { differences, faultsOf, type Numbers, numbersOf } from '../numbers.ts'
import { openPipeline } from '../pipeline.ts'
import { PROGRAMS } from '../program.ts'
import { countStatements } from '../statements.ts'
import { bulkStatements } from './bulk.ts'
import { jobPerEvent } from './job-per-event.ts'
import { type LoopSums, messageLoop } from './message-loop.ts'
import type { Pace } from './pace.ts'

export interface ComparisonOptions {
  readonly events: number
  readonly customers: number
  /** How many of the events, the first ones, those ways are given that would take minutes for all. */
  readonly few: number
  readonly seed: number
}

/** Laurel and other ways of doing the same, one after the other on the same services. */
export interface Comparison {
  readonly laurel: Pace & Pick<Capacity, 'wal' | 'redis'>
  readonly jobs: Pace
  readonly loop: Pace
  readonly bulk: Pace
  /** What PostgreSQL is sent for a full batch that goes from recorded to gamified alone. */
  readonly statements: number
  /** PostgreSQL's. */
  readonly version: string
  readonly faults: readonly string[]
}

const DAY = 86_400_000
export const DAYS = 30
const TOPIC = 'customer-events'
const FEW = 'bench-few'

/** Measures Laurel from Kafka to gamified, then each baseline, and compares what they end in. */
export async function compare(
  { events, customers, few, seed }: ComparisonOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Comparison> {
  const to = Date.now()
  const all = load({ seed, events, customers, from: to - DAYS * DAY, to })
  const first = all.slice(0, few)
  const installation = await Installation.create({ LOG_LEVEL: 'warn' })
  try {
    const timed = <Result extends { readonly rate: number }>(name: string, result: Result): Result => {
      log(`${name}: ${Math.round(result.rate)} events/s`)
      abort.throwIfAborted()
      return result
    }
    const publish = (topic: string, own: readonly LoadEvent[]) =>
      installation.publish(own.map(({ text }) => ({ topic, value: text })))
    await publish(TOPIC, all)
    const { rate, cpu, wal, redis } = await measureCapacity(installation, events, abort)
    const used = cpu.bridge + cpu.worker + cpu.postgres + cpu.redis
    const laurel = timed('Laurel', { events, rate, cpu: used, wal, redis })
    const numbers = await numbersOf(installation.database)
    const faults = [...(await faultsOf(installation.database, events))]

    await installation.admin.createTopics([FEW], { partitions: 3, replicationFactor: 1 })
    await publish(FEW, first)
    const backlog = { topic: FEW, events: first.length, abort }
    const jobsUrl = await createDatabase(installation, 'jobs')
    const jobs = timed('a job an event', await jobPerEvent(installation, jobsUrl, PROGRAMS.starter, backlog))
    const pipedUrl = await createDatabase(installation, 'piped')
    await pipe(pipedUrl, [], to)
    const statements = await countStatements(installation, 'piped', () => pipe(pipedUrl, first, to))
    faults.push(...(await unlike('jobs', jobsUrl, await numbersAt(pipedUrl), first.length)))

    const loopUrl = await createDatabase(installation, 'loop', false)
    const loop = timed('a loop', await messageLoop(installation, loopUrl, backlog))
    faults.push(...loopFaults(loop.sums, sumsOf(first)))

    const bulkUrl = await createDatabase(installation, 'bulk')
    const bulk = timed(
      'bulk statements',
      await bulkStatements(installation, bulkUrl, PROGRAMS.starter, all, abort),
    )
    faults.push(...(await unlike('bulk', bulkUrl, numbers, events)))
    const rates = { laurel, jobs, loop, bulk }
    const batches = Math.ceil(first.length / BATCH)
    return {
      ...rates,
      statements: statements / batches,
      version: await versionOf(installation.database),
      faults,
    }
  } finally {
    await installation.stop()
  }
}

/** A database on the installation's server; answers its URL. */
async function createDatabase(
  { environment, database: { sql } }: Installation,
  name: string,
  hasTables = true,
): Promise<string> {
  await sql`create database ${sql(name)}`
  const url = new URL(environment.DATABASE_URL!)
  url.pathname = `/${name}`
  if (hasTables) await migrate(url.href)
  return url.href
}

/** Takes events through Laurel's stages, one batch after the other. */
async function pipe(url: string, events: readonly LoadEvent[], now: number): Promise<void> {
  const pipeline = await openPipeline(url, now)
  try {
    for (let i = 0; i < events.length; i += BATCH) {
      const batch = await pipeline.record(events.slice(i, i + BATCH))
      await pipeline.score(batch)
      await pipeline.gamify(batch)
    }
  } finally {
    await pipeline.close()
  }
}

async function numbersAt(url: string): Promise<Numbers> {
  const database = connect(url, { application: 'laurel bench', connections: 1 })
  try {
    return await numbersOf(database)
  } finally {
    await database.close()
  }
}

/** How a baseline that does the same as Laurel has not ended in the same numbers. */
async function unlike(name: string, url: string, expected: Numbers, events: number): Promise<string[]> {
  const database = connect(url, { application: 'laurel bench', connections: 1 })
  try {
    const faults = [
      ...(await faultsOf(database, events)),
      ...differences(expected, await numbersOf(database)),
    ]
    return faults.map((fault) => `${name}: ${fault}`)
  } finally {
    await database.close()
  }
}

function loopFaults(found: LoopSums, expected: LoopSums): string[] {
  return (Object.keys(expected) as (keyof LoopSums)[])
    .filter((name) => found[name] !== expected[name])
    .map((name) => `loop: ${name} is ${found[name]} instead of ${expected[name]}`)
}

/** What the loop must come to, by the messages alone; the events are all of the last 30 days. */
function sumsOf(events: readonly LoadEvent[]): LoopSums {
  const recharges = events.flatMap(({ text }) => {
    const event = JSON.parse(text) as { event_type: string; value?: number }
    return event.event_type === 'recharge' ? [event.value ?? 0] : []
  })
  return {
    events: events.length,
    customers: new Set(events.map(({ customer }) => customer)).size,
    recharges: recharges.length,
    recharged: recharges.reduce((sum, value) => sum + value, 0).toFixed(2),
  }
}
