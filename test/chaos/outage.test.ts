import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectProducer } from '#queue/redis.ts'
import { openTransport } from '#queue/transport.ts'
import { connect } from '#store/database.ts'
import { outboxState } from '#store/outbox.ts'
import { Installation, REJECTS, type Running, until } from '../support/installation.ts'
import { reportOf } from '../support/report.ts'

/** 5 s in `npm test`, 30 s in `npm run test:chaos`. */
const OUTAGE = Number(process.env.OUTAGE_SECONDS ?? 5) * 1_000
/** The long form says also which of them it was where something is lost. */
const IS_LONG = OUTAGE >= 30_000
/** How soon after the return the first new award must be there. */
const RECOVERY = 15_000
/** Longer than a statement waits for a lock. */
const HELD = Math.max(OUTAGE, 12_000)
/** The least that a topic of this installation has. */
const PARTITIONS = 3

let installation: Installation
let bridge: Running
let worker: Running
let stopTraffic: (() => Promise<void>) | undefined
beforeAll(async () => {
  installation = await Installation.create()
  const running = await installation.startAll()
  bridge = running.bridge
  worker = running.worker
  await installation.startApi()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(await reportOf(installation))
  await stopTraffic?.()
})
afterAll(() => installation?.stop())

let sent = 0

function recharge() {
  sent++
  const customer = `+88017${String(10_000_000 + sent).slice(-8)}`
  const value = {
    source: 'billing',
    event_id: `recharge-${sent}`,
    customer_id: customer,
    event_type: 'recharge',
    timestamp: new Date().toISOString(),
    value: 100,
  }
  return { topic: 'billing-events', value: JSON.stringify(value) }
}

const refused: string[] = []

/** Publishes what is refused: its producer must be told. */
async function publishRefused(): Promise<void> {
  const value = `{ ${refused.length}`
  await installation.publish([{ topic: 'billing-events', value }])
  refused.push(value)
}

/** What producers were told of, once nothing waits to be told; some may come twice. */
async function rejected(): Promise<ReadonlySet<string>> {
  await until(
    async () => (await outboxState(installation.database.sql)).waiting === 0,
    60_000,
    () => 'rejects wait still',
  )
  return new Set((await installation.messages([REJECTS])).map(({ value }) => value))
}

async function awards(): Promise<number> {
  const [row] = await installation.database.sql<
    [{ total: number }]
  >`select count(*)::bigint as total from awards`
  return row.total
}

/** Publishes a few events a second until told otherwise; while Kafka is away they wait for it. */
function traffic(): () => Promise<void> {
  let isOn = true
  const running = (async () => {
    while (isOn) {
      const message = recharge()
      while (
        isOn &&
        (await installation.publish([message]).then(
          () => false,
          () => true,
        ))
      )
        await delay(200)
      await delay(50)
    }
  })()
  return async () => {
    isOn = false
    await running
  }
}

/** Begins, and answers what ends it. */
type Outage = () => Promise<() => Promise<unknown>>

const stopped =
  (name: 'postgres' | 'redis' | 'kafka'): Outage =>
  async () => {
    await installation.stack[name].stop()
    return () => installation.stack[name].start()
  }

/** Tells Redis something at the beginning, and something at the end. */
const told =
  (first: (redis: Redis) => Promise<unknown>, last: (redis: Redis) => Promise<unknown>): Outage =>
  async () => {
    const redis = connectProducer(installation.stack.addresses.redisUrl)
    await until(async () => redis.status === 'ready', 5_000)
    await first(redis)
    return () => last(redis).finally(() => redis.disconnect())
  }

const locked: Outage = async () => {
  const database = connect(installation.environment.DATABASE_URL!, { application: 'foreign', connections: 1 })
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  let taken = () => {}
  const isTaken = new Promise<void>((resolve) => {
    taken = resolve
  })
  const holding = database.sql.begin(async (sql) => {
    await sql`lock table games in exclusive mode`
    taken()
    await released
  })
  await Promise.race([isTaken, holding])
  return async () => {
    release()
    await holding
    await database.close()
  }
}

interface Case {
  readonly name: string
  readonly begin: Outage
  /** How long it lasts, ms. */
  readonly length: number
  /** What Laurel's logs or Redis's counts of errors hold where it really happened. */
  readonly seen?: RegExp
}

const CASES: readonly Case[] = [
  { name: 'postgres stopped', begin: stopped('postgres'), length: OUTAGE },
  { name: 'redis stopped', begin: stopped('redis'), length: OUTAGE },
  { name: 'kafka stopped', begin: stopped('kafka'), length: OUTAGE },
  {
    name: 'redis a replica, as in a fail-over',
    begin: told(
      (redis) => redis.replicaof('127.0.0.1', 1),
      (redis) => redis.replicaof('NO', 'ONE'),
    ),
    length: OUTAGE,
    seen: /errorstat_READONLY/g,
  },
  {
    name: 'redis out of memory',
    begin: told(
      (redis) => redis.config('SET', 'maxmemory', '1'),
      (redis) => redis.config('SET', 'maxmemory', '0'),
    ),
    length: OUTAGE,
    seen: /errorstat_OOM/g,
  },
  { name: 'games locked by somebody else', begin: locked, length: HELD, seen: /lock timeout/g },
]

/** In the long form: what `test/e2e/load.test.ts` and `faults.test.ts` do, too, to see how long it takes. */
const KILLS: readonly Case[] = [
  {
    name: 'a worker killed, and started again',
    begin: async () => {
      await worker.kill()
      return async () => {
        worker = await installation.start('worker', 'worker')
      }
    },
    length: 0,
  },
  {
    name: 'a bridge killed, and started again',
    begin: async () => {
      await bridge.kill()
      return async () => {
        bridge = await installation.start('bridge', 'bridge')
      }
    },
    length: 0,
  },
  {
    name: 'redis emptied',
    begin: told(
      (redis) => redis.flushall(),
      (redis) => redis.ping(),
    ),
    length: 0,
  },
]

/** How often that is to be seen. */
async function timesOf(pattern: RegExp): Promise<number> {
  const redis = connectProducer(installation.stack.addresses.redisUrl)
  await until(async () => redis.status === 'ready', 5_000)
  const counted = await redis.info('errorstats')
  redis.disconnect()
  const logs = readdirSync(installation.directory)
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(installation.directory, name), 'utf8'))
  return [counted, ...logs].join('\n').match(pattern)?.length ?? 0
}

async function expectTheReference(): Promise<void> {
  await installation.settled()
  expect(await installation.differences()).toEqual([])
  expect(await installation.imbalances()).toEqual([])
}

const since = (begun: number) => `${((Date.now() - begun) / 1_000).toFixed(1)} s`

test.each(IS_LONG ? [...CASES, ...KILLS] : CASES)(
  '$name under traffic: the first new award comes soon after its end, nothing is lost or doubled',
  async ({ name, begin, length, seen }) => {
    stopTraffic = traffic()
    const start = await awards()
    await until(async () => (await awards()) > start, 30_000)
    const before = seen ? await timesOf(seen) : 0
    await publishRefused()
    const end = await begin()
    await delay(length)
    await end()
    const returned = Date.now()
    const [{ now }] = await installation.database.sql<[{ now: string }]>`select now()::text as now`
    await until(
      async () => {
        const rows = await installation.database.sql`select 1 from awards where changed_at > ${now} limit 1`
        return rows.length > 0
      },
      RECOVERY,
      () => `no new award after the end of: ${name}`,
    )
    const first = since(returned)
    expect(Date.now() - returned).toBeLessThan(RECOVERY)
    if (seen) expect(await timesOf(seen)).toBeGreaterThan(before)
    await stopTraffic()
    await publishRefused()
    await installation.settled()
    expect([...(await rejected())].toSorted()).toEqual(refused.toSorted())
    console.log(
      `${name} for ${length / 1_000} s: first new award after ${first}, all after ${since(returned)}`,
    )
    if (IS_LONG) await expectTheReference()
  },
  HELD + 120_000,
)

test('after all of it, everything is as the reference says', expectTheReference)

test('a Redis that may throw jobs away is refused', async () => {
  const { redisUrl } = installation.stack.addresses
  const end = await told(
    (redis) => redis.config('SET', 'maxmemory-policy', 'allkeys-lru'),
    (redis) => redis.config('SET', 'maxmemory-policy', 'noeviction'),
  )()
  await expect(openTransport(redisUrl, 'laurel')).rejects.toMatchObject({ code: 'REDIS_EVICTS' })
  await end()
  await (await openTransport(redisUrl, 'laurel')).close()
})

test('partitions added under traffic: what comes to lie in them counts', async () => {
  const topic = 'billing-events'
  stopTraffic = traffic()
  await installation.repartition(topic, PARTITIONS * 2)
  const begun = Date.now()
  const recorded = async () => {
    const rows = await installation.database.sql<{ partition: number }[]>`
      select distinct partition from batches where topic = ${topic}`
    return rows.length
  }
  await until(
    async () => (await recorded()) === PARTITIONS * 2,
    // It looks for partitions every 15 s.
    90_000,
    () => 'messages of the new partitions are not recorded',
  )
  console.log(`partitions added: all of them read after ${since(begun)}`)
  await stopTraffic()
  await expectTheReference()
})
