import { Installation, until } from '../test/support/installation.ts'
import { preload } from './backlog.ts'
import { pause, unlessAborted } from './bound.ts'
import { type Latency, LiveTraffic, latencyBetween } from './live.ts'
import { load } from './load.ts'
import { type Machine, machineWith } from './machine.ts'

export interface BehindOptions {
  readonly customers: number
  readonly seed: number
  /** Messages of one topic that nobody has read. */
  readonly behind: number
  /** Events a second of the other one. */
  readonly live: number
  /** How long live traffic is measured, alone and then with the backlog. */
  readonly seconds: number
}

/** How live traffic of one topic fared without and with another topic that is far behind. */
export interface Behind {
  readonly alone: Latency
  readonly during: Latency
  /** Of its p99: with the backlog to alone. */
  readonly ratio: number
  /** Events a second of the backlog that were gamified meanwhile. */
  readonly workedOff: number
  /** Messages that were still behind at the end. */
  readonly left: number
  /** Messages a second that were published, while nobody read them. */
  readonly published: number
  readonly machine: Machine
  readonly faults: readonly string[]
}

const BACKLOG = 'customer-events'
const LIVE = 'app-events'
const DAY = 86_400_000
const DAYS = 30
/** Events that give the installation its customers, and warm it up. */
const BEFORE = 30_000
const PORTION = 20_000
/** Until it is as it stays, ms. */
const WARM_UP = 10_000
/** Until what was sent is gamified, ms. */
const PATIENCE = 90_000

/** Whether one topic stays quick while another is far behind; the backlog is left where it is at the end. */
export async function behind(
  options: BehindOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Behind> {
  const installation = await Installation.create({ LOG_LEVEL: 'warn' })
  try {
    return await measure(installation, options, abort, log)
  } finally {
    await installation.stop()
  }
}

async function measure(
  installation: Installation,
  options: BehindOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Behind> {
  const { behind: messages, seed } = options
  const middle = Date.now() - DAYS * DAY
  const publish = (own: Portion) => unlessAborted(abort, publishPortion(installation, options, own))
  await publish({ seed, events: BEFORE, from: middle - DAYS * DAY, to: middle })
  const { bridge, worker } = await installation.startAll()
  await unlessAborted(abort, installation.settled())

  log('live traffic alone')
  const alone = await liveTraffic(installation, options, 'alone', abort)
  await bridge.stop()

  log(`publishing ${messages} messages of another topic`)
  const begun = performance.now()
  for (let i = 0; i < messages; i += PORTION) {
    // Portions follow each other in time, so that the whole is in order without ever being in memory.
    const at = (index: number) => middle + Math.floor((DAYS * DAY * index) / messages)
    const events = Math.min(PORTION, messages - i)
    await publish({ seed: seed + 1 + i / PORTION, events, from: at(i), to: at(i + events) })
  }
  const published = (messages / (performance.now() - begun)) * 1_000

  log(`live traffic with these behind (published at ${Math.round(published)} a second)`)
  const again = await installation.start('bridge', 'bridge')
  const during = await liveTraffic(installation, options, 'during', abort)
  await again.stop()
  await worker.stop()
  return {
    alone: alone.latency,
    during: during.latency,
    ratio: during.latency.p99 / alone.latency.p99,
    workedOff: during.backlog / options.seconds,
    left: messages + BEFORE - (await eventsOf(installation, BACKLOG)),
    published,
    machine: await machineWith(installation.database),
    faults: await faultsOf(installation, alone.sent + during.sent),
  }
}

interface Portion {
  readonly seed: number
  readonly events: number
  /** The time its events lie in, Unix ms. */
  readonly from: number
  readonly to: number
}

async function publishPortion(
  installation: Installation,
  { customers }: BehindOptions,
  portion: Portion,
): Promise<void> {
  await preload(installation, load({ ...portion, customers }), [BACKLOG])
}

/** Live traffic for a while: its latency, how many events that were, and how many of the backlog were done meanwhile. */
async function liveTraffic(
  installation: Installation,
  { live, customers, seconds }: BehindOptions,
  name: string,
  abort: AbortSignal,
): Promise<{ latency: Latency; sent: number; backlog: number }> {
  const traffic = new LiveTraffic(installation, {
    name,
    rate: live,
    topics: [LIVE],
    customer: (number) => `+88017${String(1 + ((number * 7_919) % customers)).padStart(8, '0')}`,
  })
  const before = await eventsOf(installation, LIVE)
  try {
    await pause(abort, WARM_UP)
    const from = Date.now()
    await pause(abort, seconds * 1_000)
    const to = Date.now()
    await traffic.stop()
    const done = async () => (await eventsOf(installation, LIVE)) - before === traffic.sent
    await unlessAborted(abort, until(done, PATIENCE))
    return {
      latency: await latencyBetween(installation, LIVE, from, to),
      sent: traffic.sent,
      backlog: await eventsOf(installation, BACKLOG, from, to),
    }
  } finally {
    await traffic.stop()
  }
}

/** How many events of a topic were gamified, of those in a period (Unix ms) where it is given. */
async function eventsOf(
  { database: { sql } }: Installation,
  topic: string,
  from = 0,
  to = Date.now(),
): Promise<number> {
  const [{ events }] = await sql<[{ events: number }]>`
    select coalesce(sum(events), 0)::bigint as events from batches where topic = ${topic}
      and gamified_at >= to_timestamp(${from / 1_000}) and gamified_at <= to_timestamp(${to / 1_000})`
  return events
}

/** What is wrong with the results, whatever of the backlog is left. */
async function faultsOf(installation: Installation, sent: number): Promise<readonly string[]> {
  const [row] = await installation.database.sql<
    [{ live: number; failures: number; lost: number; awards: number }]
  >`
    select (select count(*) from events e join batches b on b.id = e.batch_id where b.topic = ${LIVE})::bigint as live,
      (select count(*) from failures)::bigint as failures,
      (select sum(messages) from batches)::bigint - (select count(*) from events)::bigint as lost,
      (select count(*) from awards where live)::bigint as awards`
  return [
    row.live === sent ? '' : `${row.live} live events count, not ${sent}`,
    row.failures === 0 ? '' : `${row.failures} failures`,
    row.lost === 0 ? '' : `${row.lost} messages that were read do not count`,
    row.awards > 0 ? '' : 'no awards',
    ...(await installation.imbalances()),
  ].filter((fault) => fault !== '')
}
