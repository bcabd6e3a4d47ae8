import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { type KafkaAdmin, openAdmin } from '#stream/admin.ts'
import { openProducer } from '#stream/producer.ts'
import { Collector, createTopic, settings, silent, unique } from './fixture.ts'

let admin: KafkaAdmin
beforeAll(async () => {
  admin = await openAdmin(settings, silent)
})
afterAll(() => admin.close())

it('makes the topics that are missing, and tells which those were', async () => {
  const [one, two] = [unique('one'), unique('two')]
  const shape = { partitions: 3, replicationFactor: 1 }
  expect(await admin.createTopics([one], shape)).toEqual([one])
  expect(await admin.createTopics([one, two], { ...shape, partitions: 2 })).toEqual([two])
  expect(await admin.topics()).toEqual(expect.arrayContaining([one, two]))
  const described = await admin.describe([one, two, unique('never-made')])
  expect(described.toSorted((a, b) => a.partitions - b.partitions)).toEqual([
    { topic: two, partitions: 2, replicationFactor: 1 },
    { topic: one, partitions: 3, replicationFactor: 1 },
  ])
})

it('knows the cluster', async () => {
  expect(await admin.clusterId()).toMatch(/^[\w-]{22}$/)
})

describe('lag', () => {
  it('is what a group has not committed', async () => {
    const topic = await createTopic(admin, 2)
    const groupId = unique('group')
    const producer = await openProducer(settings, silent)
    await producer.send(
      topic,
      Array.from({ length: 10 }, () => ({ key: 'one key', value: 'v' })),
    )
    await producer.close()
    const all = await admin.watermarks([topic])
    expect(all.map(({ low }) => low)).toEqual(['0', '0'])
    expect(all.map(({ high }) => high).toSorted()).toEqual(['0', '10'])
    const { partition } = all.find(({ high }) => high === '10')!
    const lag = async () => (await admin.lag(groupId, [topic])).find((one) => one.partition === partition)
    expect(await lag()).toEqual({ topic, partition, low: '0', high: '10', committed: null, lag: 10 })

    const collector = new Collector({ topics: [topic], groupId })
    await vi.waitUntil(() => collector.records.length === 10, { timeout: 15_000 })
    await collector.session?.commit([{ topic, partition, offset: '7' }])
    await collector.stop()
    expect(await lag()).toEqual({ topic, partition, low: '0', high: '10', committed: '7', lag: 3 })
  })

  it('leaves out topics that do not exist', async () => {
    expect(await admin.lag('any', [unique('never-made')])).toEqual([])
  })
})

it('says what to check where Kafka is not', async () => {
  const error = await openAdmin({ ...settings, brokers: ['127.0.0.1:1'] }, silent).catch((error) => error)
  expect(error).toBeInstanceOf(LaurelError)
  expect(error).toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
    message: expect.stringContaining('127.0.0.1:1 cannot be used'),
  })
})
