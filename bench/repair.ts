import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openTransport } from '#queue/transport.ts'
import { countFailures, type FailureFilter, listCauses, listFailures } from '#store/failure-filter.ts'
import { Installation, until } from '../test/support/installation.ts'
import { type Latency, LiveTraffic, latencyBetween } from './live.ts'
import { type Machine, machineLine, machineWith } from './machine.ts'
import { redisFigure } from './redis.ts'
import type { Report } from './report.ts'
import { table } from './table.ts'
import { median } from './timing.ts'

export interface RepairOptions {
  /** How many failures are stored. */
  readonly failures: number
  /** How many of them a correction has cured, so that their retry counts. */
  readonly cured: number
  /** Retries a second; as fast as it goes where it is left out. */
  readonly rate?: number
  /** Events a second of live traffic. */
  readonly live: number
  /** How long live traffic is measured alone, before and after. */
  readonly seconds: number
}

const CUSTOMERS = 50_000
const LIVE = 'app-events'
const PORTION = 20_000
const LOOKS = 5
const SPARE = 3_000
/** Until what is compiled is compiled well. */
const WARM_UP = 30_000

/** What stands wrong in those that no correction cures: each with every source is a cause of its own. */
const WRONG: readonly Readonly<Record<string, unknown>>[] = [
  { value: 'x' },
  { timestamp: 'yesterday' },
  { customer_id: 17 },
  { event_type: '' },
]
const SOURCES = ['in', 'crm', 'billing', 'app'] as const

/** What a million failures cost, and whether live traffic feels that some of them are retried. */
export async function repair(
  options: RepairOptions,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const directory = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
  const [before, after] = [join(directory, 'before'), join(directory, 'after')]
  for (const copy of [before, after]) cpSync(resolve('programs/telco'), copy, { recursive: true })
  const sources = readFileSync(join(after, 'sources.yaml'), 'utf8')
  writeFileSync(join(after, 'sources.yaml'), `${sources}\n  pos: {}\n`)
  const installation = await Installation.create({ PROGRAM_DIRECTORY: before, LOG_LEVEL: 'warn' })
  try {
    return await measure(options, installation, after, abort, log)
  } finally {
    await installation.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measure(
  options: RepairOptions,
  installation: Installation,
  corrected: string,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Report> {
  const { failures, cured, live, seconds } = options
  log(`publishing ${failures} broken messages`)
  for (let i = 0; i < failures; i += PORTION) {
    abort.throwIfAborted()
    const length = Math.min(PORTION, failures - i)
    await installation.publish(Array.from({ length }, (_, n) => broken(i + n, i + n < cured)))
  }
  log('storing them')
  const begun = performance.now()
  await installation.startAll()
  await installation.settled(1_200_000)
  const stored = performance.now() - begun
  const looks = await lookUp(installation)

  log('live traffic alone')
  const traffic = new LiveTraffic(installation, {
    name: 'live',
    rate: live,
    topics: [LIVE],
    // None of those whose failures are retried.
    customer: (number) => `+88018${String((number * 7_919) % CUSTOMERS).padStart(8, '0')}`,
  })
  await shown(installation)
  await delay(WARM_UP, undefined, { signal: abort })
  const first = await alone(installation, seconds, abort)
  log('live traffic, and the repair')
  installation.environment.PROGRAM_DIRECTORY = corrected
  const from = Date.now()
  const rate = options.rate === undefined ? [] : ['--rate', String(options.rate)]
  const which = ['--code', 'SOURCE_UNKNOWN', '--limit', String(cured)]
  const output = await installation.command('failures', 'retry', ...which, ...rate)
  const took = Date.now() - from
  await delay(SPARE)
  const during = await latencyBetween(installation, LIVE, from, from + took)
  log('live traffic alone')
  const second = await alone(installation, seconds, abort)
  await traffic.stop()
  await installation.settled()

  const faults = [...(await installation.imbalances())]
  const left = await countFailures(installation.database, { state: 'open' })
  if (left !== failures - cured) faults.push(`${left} failures are open, not ${failures - cured}`)
  const [{ events }] = await installation.database.sql<[{ events: number }]>`
    select count(*)::bigint as events from events`
  if (events !== cured + traffic.sent) faults.push(`${events} events count, not ${cured + traffic.sent}`)
  if (!output.includes(`${cured} of ${cured} count now`))
    faults.push(`the repair said: ${output.slice(-200)}`)
  const memory = await redisFigure(installation, 'memory', 'used_memory_peak')
  const where = await machineWith(installation.database)
  return report(options, where, { stored, looks, first, second, during, took, memory }, faults)
}

function broken(number: number, isCured: boolean) {
  const source = isCured ? 'pos' : SOURCES[number % SOURCES.length]!
  const event = {
    event_id: `broken-${number}`,
    source,
    customer_id: `+88017${String((number * 7_919) % CUSTOMERS).padStart(8, '0')}`,
    event_type: 'recharge',
    timestamp: new Date(Date.now() - (number % 86_400_000)).toISOString(),
    value: 20,
    ...(isCured ? {} : WRONG[Math.floor(number / SOURCES.length) % WRONG.length]),
  }
  return { topic: 'crm-events', value: JSON.stringify(event) }
}

async function alone(installation: Installation, seconds: number, abort: AbortSignal): Promise<Latency> {
  const from = Date.now()
  await delay(seconds * 1_000, undefined, { signal: abort })
  const to = Date.now()
  await delay(SPARE)
  return latencyBetween(installation, LIVE, from, to)
}

/** Waits until failed-events has shown all that it shows. */
async function shown({ stack }: Installation): Promise<void> {
  const transport = await openTransport(stack.addresses.redisUrl, 'laurel')
  const queue = transport.queues['failed-events']
  try {
    await until(async () => (await queue.getJobCountByTypes('waiting', 'active')) === 0, 300_000)
  } finally {
    await transport.close()
  }
}

interface Look {
  readonly name: string
  /** The median, ms. */
  readonly took: number
}

/** What an operator asks for, each as often as to have a median. */
async function lookUp(installation: Installation): Promise<readonly Look[]> {
  const { database } = installation
  const [last] = await listFailures(database, { code: 'VALUE_INVALID' }, 1)
  const filters: readonly (readonly [string, FailureFilter])[] = [
    ['the latest', {}],
    ['by code', { code: 'VALUE_INVALID' }],
    ['by cause', { fingerprint: last!.fingerprint }],
    ['by source', { source: 'billing' }],
    ['by customer', { customer: last!.customer! }],
    ['by event', { messages: [last!.message] }],
    ['by coordinates', { topic: last!.topic, partition: last!.partition, offset: last!.offset }],
    ['of a minute', { since: last!.firstSeen - 60_000, until: last!.firstSeen }],
  ]
  const looks: Look[] = []
  const time = async (name: string, look: () => Promise<unknown>) => {
    const times: number[] = []
    for (let i = 0; i < LOOKS; i++) {
      const begun = performance.now()
      await look()
      times.push(performance.now() - begun)
    }
    looks.push({ name, took: median(times) })
  }
  for (const [name, filter] of filters)
    await time(`list 20 ${name}`, () => listFailures(database, { ...filter, state: 'open' }, 20))
  await time('count all of a code', () => countFailures(database, { code: 'VALUE_INVALID', state: 'open' }))
  await time('causes of all', () => listCauses(database.sql, 50))
  return looks
}

interface Measured {
  /** From the start of bridge and worker until all were stored, ms. */
  readonly stored: number
  readonly looks: readonly Look[]
  readonly first: Latency
  readonly second: Latency
  readonly during: Latency
  /** The retries, ms. */
  readonly took: number
  readonly memory: number
}

function report(
  options: RepairOptions,
  where: Machine,
  measured: Measured,
  faults: readonly string[],
): Report {
  const { failures, cured, live } = options
  const { stored, looks, first, second, during, took, memory } = measured
  const base = (first.p99 + second.p99) / 2
  const ratio = during.p99 / base
  const count = (number: number) => Math.round(number).toLocaleString('en-US')
  const markdown = [
    table(
      [
        { heading: 'live traffic' },
        { heading: 'events' },
        { heading: 'p50, ms' },
        { heading: 'p99, ms' },
        { heading: 'p99.9, ms' },
      ],
      [
        ['alone, before', first.events, first.p50, first.p99, first.p999],
        [`with ${count(cured)} retries`, during.events, during.p50, during.p99, during.p999],
        ['alone, after', second.events, second.p50, second.p99, second.p999],
      ],
    ),
    '',
    table(
      [{ heading: `among ${count(failures)} failures` }, { heading: 'ms', decimals: 1 }],
      looks.map(({ name, took: ms }) => [name, ms]),
    ),
    '',
    `${count(failures)} failures of ${WRONG.length * SOURCES.length + 1} causes were stored at ${count((failures / stored) * 1_000)} a second; Redis never held more than`,
    `${count(memory / 2 ** 20)} MB. ${count(cured)} were retried at ${count((cured / took) * 1_000)} a second${options.rate === undefined ? '' : ` (--rate ${options.rate})`} under live traffic of ${count(live)} events a second:`,
    `its p99 was ${ratio.toFixed(2)} times what it is alone. One bridge, one worker with all pools, every server on the same machine.`,
    faults.length === 0 ? 'Every retry counted once, and nothing else did.' : 'THE NUMBERS WERE WRONG.',
    '',
    machineLine(where),
  ].join('\n')
  const data = { bench: 'repair', machine: where, options, ...measured, ratio, faults }
  return { name: 'repair', title: 'Repair', markdown, data, faults }
}
