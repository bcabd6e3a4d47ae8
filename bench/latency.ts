import { freePort } from '#stack/port.ts'
import { Installation, TOPICS } from '../test/support/installation.ts'
import { gamifiedRate, preload } from './backlog.ts'
import { bounded, pause, unlessAborted } from './bound.ts'
import { type Latency, LiveTraffic } from './live.ts'
import { load } from './load.ts'
import { type Machine, machineLine, machineWith } from './machine.ts'
import { faultsOf } from './numbers.ts'
import type { Report } from './report.ts'
import { latencyToMarks, MARKS, type Mark, POOLS, type Work, workBetween, workOf } from './stage.ts'
import { table } from './table.ts'

export interface LatencyOptions {
  /** Events that are taken to gamified before: what the capacity is measured by. */
  readonly events: number
  readonly customers: number
  readonly seed: number
  /** Events a second to take shares of, in place of what is measured. */
  readonly capacity?: number
  /** How long each pace is measured. */
  readonly seconds: number
}

const DAY = 86_400_000
const DAYS = 30
/** Of the capacity. */
const SHARES = [0.1, 0.5, 0.8]
/** Where the aims hold, ms. */
const AIM = { share: 0.5, p50: 60, p99: 250 }
/** Until queues and caches are as they are at a pace, s. */
const WARM_UP = 10
/** How long what the warm-ups and periods leave may take, s. */
const SPARE = 240
/** A pace that is missed by more is no longer what its row says. */
const TOLERANCE = 0.02

/** How long events take from Kafka to gamified at even paces, and where they spend that time. */
export async function latency(
  options: LatencyOptions,
  interrupt: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const limit = SPARE + SHARES.length * (WARM_UP + options.seconds)
  const abort = bounded(interrupt, limit)
  log(`this takes ${Math.ceil(limit / 60)} minutes at most`)
  const installation = await Installation.create({ LOG_LEVEL: 'warn' })
  try {
    return await measure(options, installation, abort, log)
  } finally {
    await installation.stop()
  }
}

interface Period {
  readonly share: number
  /** Events a second: wanted, and those that Kafka had. */
  readonly wanted: number
  readonly achieved: number
  /** How late the producer was at most, ms. */
  readonly latest: number
  readonly marks: Readonly<Record<Mark, Latency>>
  readonly work: Work
}

async function measure(
  options: LatencyOptions,
  installation: Installation,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { events, customers, seed, seconds } = options
  const to = Date.now()
  log(`publishing ${events} events`)
  const before = load({ seed, events, customers, from: to - DAYS * DAY, to })
  await unlessAborted(abort, preload(installation, before, TOPICS))
  log('measuring the capacity')
  const port = await freePort()
  installation.environment.METRICS_PORT = String(port)
  await installation.start('worker', 'worker')
  installation.environment.METRICS_PORT = '0'
  await installation.start('bridge', 'bridge')
  await unlessAborted(abort, installation.settled())
  const measured = await gamifiedRate(installation.database)
  const capacity = options.capacity ?? measured
  const periods: Period[] = []
  let sent = 0
  for (const share of SHARES) {
    const wanted = Math.max(1, Math.round(capacity * share))
    log(`${wanted} events a second, ${share * 100} % of ${Math.round(capacity)}`)
    const traffic = new LiveTraffic(installation, {
      name: `live-${share}`,
      rate: wanted,
      topics: TOPICS,
      customer: (number) => `+88017${String(1 + ((number * 7_919) % customers)).padStart(8, '0')}`,
    })
    try {
      await pause(abort, WARM_UP * 1_000)
      traffic.forgetLatest()
      const [work, from] = [await workOf(port), Date.now()]
      await pause(abort, seconds * 1_000)
      const [done, until, latest] = [await workOf(port), Date.now(), traffic.latest]
      await traffic.stop()
      await unlessAborted(abort, installation.settled())
      const marks = await latencyToMarks(installation, from, until)
      const achieved = (marks.gamified_at.events / (until - from)) * 1_000
      periods.push({ share, wanted, achieved, latest, marks, work: workBetween(work, done) })
    } finally {
      await traffic.stop()
    }
    sent += traffic.sent
  }
  const faults = [
    ...(await faultsOf(installation.database, events + sent)),
    ...(await installation.imbalances()),
  ]
  return report(options, await machineWith(installation.database), measured, periods, faults)
}

function report(
  options: LatencyOptions,
  where: Machine,
  measured: number,
  periods: readonly Period[],
  faults: readonly string[],
): Report {
  const { events, customers, capacity, seconds } = options
  const count = (number: number) => Math.round(number).toLocaleString('en-US')
  const percent = (share: number) => `${Math.round(share * 100)} %`
  const aimed = periods.find(({ share }) => share === AIM.share)!.marks.gamified_at
  const met = (ms: number, aim: number) => `${count(ms)} ms, aim ${aim}: ${ms < aim ? 'met' : 'MISSED'}`
  const slow = periods.filter(({ wanted, achieved }) => achieved < wanted * (1 - TOLERANCE))
  const markdown = [
    table(
      [
        { heading: 'of capacity' },
        { heading: 'events/s' },
        { heading: 'events' },
        { heading: 'p50, ms' },
        { heading: 'p99, ms' },
        { heading: 'p99.9, ms' },
      ],
      periods.map(({ share, achieved, marks: { gamified_at: to } }) => [
        percent(share),
        achieved,
        to.events,
        to.p50,
        to.p99,
        to.p999,
      ]),
    ),
    '',
    table(
      [
        { heading: 'from Kafka to' },
        ...periods.flatMap(({ share }) => [
          { heading: `${percent(share)}: p50, ms` },
          { heading: 'p99, ms' },
        ]),
      ],
      Object.entries(MARKS).map(([mark, name]) => [
        name,
        ...periods.flatMap(({ marks }) => [marks[mark as Mark].p50, marks[mark as Mark].p99]),
      ]),
    ),
    '',
    table(
      [
        { heading: 'a job of' },
        ...periods.flatMap(({ share }) => [
          { heading: `${percent(share)}: waits, ms`, decimals: 1 },
          { heading: 'runs, ms', decimals: 1 },
          { heading: 'jobs/s' },
        ]),
      ],
      POOLS.map((pool) => [
        pool,
        ...periods.flatMap(({ work: { [pool]: work } }) => [
          (work.wait / Math.max(1, work.jobs)) * 1_000,
          (work.run / Math.max(1, work.jobs)) * 1_000,
          work.jobs / seconds,
        ]),
      ]),
    ),
    '',
    `Capacity: ${count(measured)} events/s, ${count(events)} preloaded events of ${count(customers)} customers taken to gamified${capacity === undefined ? '' : `; the paces are of ${count(capacity)} (--capacity)`}.`,
    `Each pace for ${seconds} s after ${WARM_UP} s, evenly over the partitions of ${TOPICS.length} topics and over the customers. Waits and runs are means.`,
    ...slow.map(
      ({ share, wanted, achieved, latest }) =>
        `AT ${percent(share)} THE PRODUCER DID NOT HOLD ITS PACE: ${count(achieved)} events/s of ${count(wanted)}, and up to ${count(latest)} ms late.`,
    ),
    `At ${percent(AIM.share)}: p50 ${met(aimed.p50, AIM.p50)}; p99 ${met(aimed.p99, AIM.p99)}. One bridge, one worker with all pools, every server`,
    faults.length === 0
      ? 'on the same machine. Every event counted once, and nothing failed.'
      : 'on the same machine. THE NUMBERS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'latency', machine: where, options, measured, periods, faults }
  return { name: 'latency', title: 'Latency', markdown, data, faults }
}
