import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type KafkaAdmin, openAdmin } from '#stream/admin.ts'
import { createKafka } from '#stream/client.ts'
import { type Range, rangesBetween, readRanges } from '#stream/reader.ts'
import { createTopic, settings, silent, unique } from './fixture.ts'

const kafka = createKafka(settings, silent)
const raw = kafka.admin()
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
let admin: KafkaAdmin
beforeAll(async () => {
  admin = await openAdmin(settings, silent)
  await Promise.all([raw.connect(), producer.connect()])
})
afterAll(() => Promise.all([admin.close(), raw.disconnect(), producer.disconnect()]))

const DAY = 86_400_000
const MIDNIGHT = Date.parse('2026-11-01T00:00:00Z')

/** Messages of one partition: `a@1` is `a` with the timestamp of the second day. */
async function send(topic: string, partition: number, ...messages: readonly string[]): Promise<void> {
  await producer.send({
    topic,
    messages: messages.map((message) => {
      const [value = '', day = '0'] = message.split('@')
      return { partition, value, timestamp: String(MIDNIGHT + Number(day) * DAY) }
    }),
  })
}

async function read(ranges: readonly Range[], groupId = unique('group')): Promise<string[]> {
  const values: string[] = []
  for await (const each of readRanges({ settings, groupId, ranges, log: silent, stallMs: 5_000 }))
    values.push(...each.records.map(({ offset, value }) => `${each.partition}/${offset} ${value}`))
  return values.toSorted()
}

const groups = async () => (await raw.listGroups()).groups.map(({ groupId }) => groupId)

describe('a bounded reading', { timeout: 40_000 }, () => {
  it('gives what lies between two times, of every partition', async () => {
    const topic = await createTopic(admin, 3)
    await send(topic, 0, 'a@0', 'b@1', 'c@2', 'd@3')
    await send(topic, 1, 'e@0', 'f@1')
    const ranges = await rangesBetween(admin, topic, MIDNIGHT + DAY, MIDNIGHT + 3 * DAY)
    expect(ranges.map(({ start, end }) => `${start}-${end}`)).toEqual(['1-3', '1-2', '0-0'])
    expect(await read(ranges)).toEqual(['0/1 b', '0/2 c', '1/1 f'])
  })

  it('ends with what was there when it was asked for', async () => {
    const topic = await createTopic(admin)
    await send(topic, 0, 'a', 'b')
    const ranges = await rangesBetween(admin, topic, MIDNIGHT)
    await send(topic, 0, 'c')
    expect(await read(ranges)).toEqual(['0/0 a', '0/1 b'])
  })

  it('gives a record whose time lies behind that of its neighbours', async () => {
    const topic = await createTopic(admin)
    await send(topic, 0, 'a@0', 'b@2', 'c@1', 'd@3')
    expect(await read(await rangesBetween(admin, topic, MIDNIGHT + 2 * DAY))).toEqual([
      '0/1 b',
      '0/2 c',
      '0/3 d',
    ])
  })

  it('is empty where nothing lies between the times', async () => {
    const topic = await createTopic(admin, 2)
    await send(topic, 0, 'a@0', 'b@3', 'c@1')
    expect(await read(await rangesBetween(admin, topic, MIDNIGHT + 4 * DAY))).toEqual([])
    expect(await read(await rangesBetween(admin, topic, MIDNIGHT - 2 * DAY, MIDNIGHT - DAY))).toEqual([])
  })

  it('begins behind what the topic has let go', async () => {
    const topic = await createTopic(admin)
    await send(topic, 0, 'a', 'b', 'c')
    const [all] = await rangesBetween(admin, topic, MIDNIGHT)
    await raw.fetchTopicOffsets(topic)
    await raw.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })
    expect(await read(await rangesBetween(admin, topic, MIDNIGHT))).toEqual(['0/2 c'])
    expect(await read([all!])).toEqual(['0/2 c'])
    await raw.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
    expect(await read([all!])).toEqual([])
  })

  it('ends behind markers and aborted messages, which are never delivered', async () => {
    const topic = await createTopic(admin)
    const transactional = kafka.producer({
      transactionalId: unique('transaction'),
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await transactional.connect()
    for (const [value, end] of [
      ['a', 'commit'],
      ['b', 'abort'],
      ['c', 'commit'],
      ['d', 'abort'],
      ['e', 'abort'],
    ] as const) {
      const transaction = await transactional.transaction()
      await transaction.send({ topic, messages: [{ value }] })
      await transaction[end]()
    }
    await transactional.disconnect()
    const [range] = await rangesBetween(admin, topic, MIDNIGHT)
    expect(range).toMatchObject({ start: '0', end: '10' })
    expect(await read([range!])).toEqual(['0/0 a', '0/4 c'])
  })

  it('takes as long as its reader takes, and loses nothing', async () => {
    const topic = await createTopic(admin, 2)
    const text = 'x'.repeat(1_000)
    for (const partition of [0, 1, 0, 1, 0, 1, 0, 1])
      await send(topic, partition, ...Array.from({ length: 500 }, () => text))
    const offsets: number[] = []
    const reading = readRanges({
      settings,
      groupId: unique('group'),
      ranges: await rangesBetween(admin, topic, 0),
      log: silent,
    })
    for await (const { partition, records } of reading) {
      offsets.push(...records.map(({ offset }) => Number(offset) * 2 + partition))
      // Together longer than a session of the group lasts.
      await new Promise((resolve) => setTimeout(resolve, 900))
    }
    expect(offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 4_000 }, (_, i) => i))
  })

  it('stops when it is told to', async () => {
    const topic = await createTopic(admin)
    await send(topic, 0, 'a')
    const stop = new AbortController()
    const range = { topic, partition: 0, start: '0', end: '5' }
    const reading = readRanges({
      settings,
      groupId: unique('group'),
      ranges: [range],
      log: silent,
      signal: stop.signal,
    })
    expect((await reading.next()).value?.records).toHaveLength(1)
    const next = reading.next()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

describe('the groups', { timeout: 40_000 }, () => {
  it('keep what they have committed, and the one of the reading is gone afterwards', async () => {
    const topic = await createTopic(admin)
    await send(topic, 0, 'a', 'b', 'c')
    const [own, throwaway] = [unique('own'), unique('throwaway')]
    await raw.setOffsets({ groupId: own, topic, partitions: [{ partition: 0, offset: '2' }] })
    const before = await admin.lag(own, [topic])
    const ranges = await rangesBetween(admin, topic, MIDNIGHT)
    const reading = readRanges({ settings, groupId: throwaway, ranges, log: silent })
    expect((await reading.next()).value?.records).toHaveLength(3)
    expect(await groups()).toContain(throwaway)
    await reading.return()
    expect(await groups()).not.toContain(throwaway)
    expect(await admin.lag(own, [topic])).toEqual(before)
  })
})

describe('what cannot be read', { timeout: 40_000 }, () => {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  const gzip = CompressionCodecs[CompressionTypes.GZIP]
  afterEach(() => {
    CompressionCodecs[CompressionTypes.GZIP] = gzip
  })

  it('is an error that says where it stopped', async () => {
    const topic = await createTopic(admin)
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ value: 'a' }] })
    CompressionCodecs[CompressionTypes.GZIP] = () => ({
      ...gzip(),
      decompress: async () => {
        throw new Error('corrupted')
      },
    })
    await expect(read(await rangesBetween(admin, topic, 0))).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`corrupted.* Not read: ${topic}/0 from 0 to 1\\.$`)),
    })
  })

  it('is named where there is no such topic', async () => {
    const there = await createTopic(admin)
    await expect(rangesBetween(admin, unique('never-made'), 0)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(there),
    })
  })
})
