import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { deliverBundles } from '#pipeline/bundles.ts'
import type { Destination } from '#pipeline/drain.ts'
import { erase } from '#pipeline/erasure.ts'
import { refoldHistory } from '#pipeline/history.ts'
import { record } from '#pipeline/normalization.ts'
import { publish } from '#pipeline/publication.ts'
import { runGamification } from '#pipeline/stages.ts'
import { sweep } from '#pipeline/sweeper.ts'
import { rewardsState } from '#store/rewards.ts'
import { lazyProducer, type MessageProducer } from '#stream/producer.ts'
import { drift } from '../../support/customer.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'
import { Collector, createTopic, settings, silent, unique, withAdmin } from '../stream/fixture.ts'

const PROGRAM = `program: p
zone: UTC
wallets: [points]
missions:
  - { id: two, on: recharge, objective: { count: events, target: 2 }, window: month, rewards: [{ bundle: 1GB-7D }, { bundle: 50SMS }] }
`

let pipeline: TestPipeline
let producer: MessageProducer
beforeAll(async () => {
  pipeline = await openPipeline(PROGRAM)
  producer = lazyProducer(settings, silent)
})
afterAll(async () => {
  await producer.close()
  await pipeline.close()
})
afterEach(async () => {
  await pipeline.database.sql`update rewards set waiting_since = null`
})

async function open(): Promise<Destination> {
  return { topic: await withAdmin((admin) => createTopic(admin)), producer }
}

interface Told {
  readonly award: string
  readonly revision: number
  readonly revoked: boolean
  readonly customer_ids: readonly string[]
  readonly bundle: string
  readonly at: string
}

async function read(topic: string, count: number): Promise<{ key: string; told: Told }[]> {
  const collector = new Collector({ topics: [topic] })
  try {
    await vi.waitUntil(() => collector.records.length >= count, { timeout: 15_000 })
    return collector.records.map(({ key, value }) => ({ key: String(key), told: JSON.parse(String(value)) }))
  } finally {
    await collector.stop()
  }
}

const waiting = async () => (await rewardsState(pipeline.database.sql)).waiting
const at = (day: number) => `2026-11-${String(day).padStart(2, '0')}T06:00:00Z`

/** Recharges of a customer on days of November. */
const recharges = (customer: string, ...days: readonly number[]) =>
  days.map((day) => recharge({ event_id: `${customer}-${day}`, customer_id: customer, timestamp: at(day) }))

const reversal = (customer: string, day: number) =>
  recharge({ customer_id: customer, timestamp: at(29), reverses: `${customer}-${day}` })

test('a bundle is told once, then as it is corrected, and revoked when it is taken back', async () => {
  const rewards = await open()
  await pipeline.run(...recharges('one', 10, 20))
  expect(await waiting()).toBe(2)
  expect(await deliverBundles(pipeline, rewards)).toBe(2)
  expect(await deliverBundles(pipeline, rewards)).toBe(0)
  await pipeline.run(...recharges('one', 15))
  expect(await deliverBundles(pipeline, rewards)).toBe(2)
  await pipeline.run(reversal('one', 10), reversal('one', 15))
  expect(await deliverBundles(pipeline, rewards)).toBe(2)
  await pipeline.run(...recharges('one', 25))
  expect(await deliverBundles(pipeline, rewards)).toBe(2)

  const records = await read(rewards.topic, 8)
  const data = records.map(({ told }) => told).filter(({ bundle }) => bundle === '1GB-7D')
  const [first] = data
  expect(first).toEqual({
    award: expect.stringMatching(/^\d+\/two\/2026-11\/bundle\/1GB-7D$/),
    revision: 1,
    revoked: false,
    customer_ids: ['one'],
    mission: 'two',
    bundle: '1GB-7D',
    occurrence: '2026-11',
    at: '2026-11-20T06:00:00.000Z',
  })
  expect(data.map(({ award, revision, revoked, at: time }) => [award, revision, revoked, time])).toEqual([
    [first!.award, 1, false, '2026-11-20T06:00:00.000Z'],
    [first!.award, 2, false, '2026-11-15T06:00:00.000Z'],
    [first!.award, 3, true, '2026-11-15T06:00:00.000Z'],
    [first!.award, 4, false, '2026-11-25T06:00:00.000Z'],
  ])
  expect(new Set(records.map(({ key }) => key)).size).toBe(1)
  expect(await drift(pipeline)).toEqual([])
})

test('what changes again before it is told is told as it stands by then', async () => {
  const rewards = await open()
  await pipeline.run(...recharges('hasty', 10, 20))
  await pipeline.run(reversal('hasty', 20))
  expect(await deliverBundles(pipeline, rewards)).toBe(2)
  const records = await read(rewards.topic, 2)
  expect(records.map(({ told }) => [told.revision, told.revoked])).toEqual([
    [2, true],
    [2, true],
  ])
})

test('a customer who is joined to another one is told under the ids of both', async () => {
  const rewards = await open()
  await pipeline.run(...recharges('joined-b', 10, 20))
  expect(await deliverBundles(pipeline, rewards)).toBe(2)
  await pipeline.run(recharge({ customer_id: 'joined-a', customer_ids: ['joined-b'], timestamp: at(25) }))
  expect(await deliverBundles(pipeline, rewards)).toBe(4)
  const told = (await read(rewards.topic, 6)).slice(2).map((each) => each.told)
  for (const { customer_ids } of told) expect([...customer_ids].sort()).toEqual(['joined-a', 'joined-b'])
  expect(told.map(({ revoked }) => revoked).sort()).toEqual([false, false, true, true])
})

test('a topic that is missing keeps what waits, which goes once it is there, each once', async () => {
  const topic = unique('rewards')
  const context = { ...pipeline, rewardsTopic: topic }
  await pipeline.run(...recharges('patient', 10, 20))
  await expect(deliverBundles(context, { topic, producer })).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
    message: expect.stringContaining(`${topic} (REWARDS_TOPIC) cannot be written to`),
  })
  const rows = await pipeline.database.sql`select attempts from rewards where waiting_since is not null`
  expect(rows.map(({ attempts }) => attempts)).toEqual([1, 1])
  await withAdmin((admin) => admin.createTopics([topic], { partitions: 1, replicationFactor: 1 }))
  const counts = await Promise.all([1, 2, 3].map(() => deliverBundles(context, { topic, producer })))
  expect(counts.reduce((sum, count) => sum + count)).toBe(2)
  expect(await read(topic, 2)).toHaveLength(2)
  expect(await waiting()).toBe(0)
})

test('what a stage left behind has a job, and is given one by the sweeper where it is lost', async () => {
  const context = { ...pipeline, rewardsTopic: 'anything' }
  const { database, sources, queues } = pipeline
  const recorded = await record(database, sources, pipeline.recording(...recharges('swept', 10, 20)), false)
  await runGamification(context, recorded.batch, 'test')
  const jobs = async () => (await queues.delivery.getJobs(['waiting', 'delayed'])).map(({ name }) => name)
  expect(await jobs()).toEqual(['bundles'])
  await queues.delivery.obliterate({ force: true })
  await queues.delivery.removeDeduplicationKey('bundles')
  expect(await sweep(context)).toMatchObject({ bundles: true })
  expect(await jobs()).toEqual(['bundles'])
  await queues.delivery.obliterate({ force: true })
})

test('of a customer who is erased, nobody is told', async () => {
  const rewards = await open()
  await pipeline.run(...recharges('erased', 10, 20))
  const [row] = await pipeline.database.sql<{ customer: number }[]>`
    select customer_id as customer from subjects where value = 'erased'`
  await erase(pipeline, row!.customer)
  expect(await deliverBundles(pipeline, rewards)).toBe(0)
})

test('what a publication gives for the past is not told, nor what becomes of that', async () => {
  const rewards = await open()
  const { database } = pipeline
  const more =
    '  - { id: past, on: recharge, objective: { count: events, target: 2 }, window: month, rewards: [{ bundle: 5GB }], counts: history }\n'
  await pipeline.run(...recharges('before', 10, 20))
  expect(await deliverBundles(pipeline, rewards)).toBe(2)
  const { version } = await publish(database, PROGRAM + more, 'me', Date.now())
  await refoldHistory(pipeline, version, async () => {})
  const given = await database.sql`select 1 from awards where rule = 'past' and kind = 'bundle' and live`
  expect(given.length).toBeGreaterThan(0)
  await pipeline.run(...recharges('before', 15))
  expect(await deliverBundles(pipeline, rewards)).toBe(2)
  await pipeline.run(...recharges('after', 10, 20))
  expect(await deliverBundles(pipeline, rewards)).toBe(3)
  const told = (await read(rewards.topic, 7)).map((each) => each.told)
  expect(told.filter(({ bundle }) => bundle === '5GB').map(({ customer_ids }) => customer_ids)).toEqual([
    ['after'],
  ])
})
