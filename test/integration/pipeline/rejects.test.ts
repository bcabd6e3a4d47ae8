import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Batch, Message } from '#domain/message.ts'
import type { Context } from '#pipeline/context.ts'
import { deliveriesOf } from '#pipeline/delivery.ts'
import type { Destination } from '#pipeline/drain.ts'
import { record } from '#pipeline/normalization.ts'
import { deliverRejects } from '#pipeline/rejects.ts'
import { runGamification, runNormalization } from '#pipeline/stages.ts'
import { sweep } from '#pipeline/sweeper.ts'
import { listFailures } from '#store/failure-filter.ts'
import { eraseFailures } from '#store/failures.ts'
import { outboxState } from '#store/outbox.ts'
import { lazyProducer, type MessageProducer, type OutgoingMessage } from '#stream/producer.ts'
import { toBatch } from '../../../apps/bridge/batching.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'
import { Collector, createTopic, settings, silent, unique, withAdmin } from '../stream/fixture.ts'

let pipeline: TestPipeline
let producer: MessageProducer
beforeAll(async () => {
  pipeline = await openPipeline()
  producer = lazyProducer(settings, silent)
})
afterAll(async () => {
  await producer.close()
  await pipeline.close()
})

afterEach(async () => {
  await pipeline.database.sql`delete from outbox`
})

let offset = 0

function batchOf(...values: readonly unknown[]): Batch {
  const messages = values.map(
    (value): Message => ({
      offset: String(offset++),
      timestamp: Date.now(),
      value: typeof value === 'string' ? value : JSON.stringify(value),
    }),
  )
  return { key: unique('batch'), cluster: 'test', topic: 'billing-events', partition: 2, messages }
}

/** A topic for rejects, and what tells producers there. */
async function open(): Promise<{ context: Context; rejects: Destination }> {
  const topic = await withAdmin((admin) => createTopic(admin))
  return { context: { ...pipeline, rejectsTopic: topic }, rejects: { topic, producer } }
}

async function read(topic: string, count: number): Promise<Collector['records']> {
  const collector = new Collector({ topics: [topic] })
  try {
    await vi.waitUntil(() => collector.records.length >= count, { timeout: 15_000 })
    return collector.records
  } finally {
    await collector.stop()
  }
}

/** How many records the topic was given, whoever has read them. */
async function written(topic: string): Promise<number> {
  const marks = await withAdmin((admin) => admin.watermarks([topic]))
  return marks.reduce((sum, { high }) => sum + Number(high), 0)
}

const waiting = async () => (await outboxState(pipeline.database.sql)).waiting

const textOf = (headers: Collector['records'][number]['headers'], name: string) => String(headers?.[name])

describe('a message that is refused', () => {
  test('comes with its key, value and headers byte for byte, and with what is wrong', async () => {
    const { context, rejects } = await open()
    const source = await withAdmin((admin) => createTopic(admin))
    const bytes = Buffer.from([0xff, 0x00, 0xfe, 0xef, 0xbb, 0xbf])
    const originals: OutgoingMessage[] = [
      {
        key: bytes,
        value: bytes,
        headers: [
          ['many', 'a'],
          ['trace', bytes],
          ['many', bytes],
          ['many', 'a'],
        ],
      },
      {
        key: '',
        value: '\ufeff{"id": "\u0000 \u00e9"}\n',
        headers: [
          ['none', null],
          ['empty', ''],
        ],
      },
      { key: null, value: null },
      {
        key: 'k',
        value: '',
        headers: [
          ['laurel-code', 'VALUE_INVALID'],
          ['constructor', 'x'],
        ],
      },
    ]
    await producer.send(source, originals)
    const sent = await read(source, originals.length)
    await runNormalization(context, toBatch('test', { topic: source, partition: 0 }, sent), false)
    expect(await deliverRejects(context, rejects)).toBe(originals.length)

    const failures = await listFailures(pipeline.database, { topic: source }, 10)
    const told = await read(rejects.topic, originals.length)
    expect(told).toHaveLength(originals.length)
    for (const [i, { key, value, headers }] of told.entries()) {
      const { headers: own = {}, ...original } = sent[i]!
      expect({ key, value }).toEqual({ key: original.key, value: original.value })
      const failure = failures.find((each) => each.offset === i)!
      const last = (name: string) => [headers?.[name]].flat().at(-1)?.toString()
      expect({ id: last('laurel-failure'), code: last('laurel-code'), at: last('laurel-offset') }).toEqual({
        id: String(failure.id),
        code: failure.code,
        at: String(i),
      })
      for (const [name, values] of Object.entries(own))
        expect([headers?.[name]].flat().slice(0, [values].flat().length)).toEqual([values].flat())
    }
    expect(told.map(({ headers }) => [headers?.['laurel-code']].flat().map(String))).toEqual([
      ['ENCODING_INVALID'],
      ['TEXT_HAS_NUL'],
      ['MESSAGE_EMPTY'],
      ['VALUE_INVALID', 'MESSAGE_EMPTY'],
    ])
    expect(await waiting()).toBe(0)
  })

  test('is told once, however often it is read', async () => {
    const { context, rejects } = await open()
    const batch = batchOf(recharge({ value: 'x' }))
    await runNormalization(context, batch, false)
    await runNormalization(context, { ...batch, key: unique('batch') }, false)
    expect(await waiting()).toBe(1)
    expect(await deliverRejects(context, rejects)).toBe(1)
    await runNormalization(context, { ...batch, key: unique('batch') }, false)
    expect(await waiting()).toBe(0)
  })

  test('is not told where its failure was rolled back', async () => {
    const { context } = await open()
    const batch = batchOf('{')
    await runNormalization(context, batch, false)
    expect(await waiting()).toBe(1)
    const other = batchOf('[')
    await runNormalization(context, { ...other, key: batch.key }, false)
    expect(
      await listFailures(
        pipeline.database,
        { topic: batch.topic, offset: Number(other.messages[0]?.offset) },
        1,
      ),
    ).toEqual([])
    expect(await waiting()).toBe(1)
  })

  test('is not told where it came by webhook, where telling is off, or where a rule failed', async () => {
    const { context } = await open()
    const webhook = { ...pipeline.recording(recharge({ value: 'x' })), topic: 'webhook' }
    expect(await record(pipeline.database, pipeline.sources, webhook, false)).toMatchObject({ failed: true })
    const { rejectsTopic: _, ...off } = context
    expect(await runNormalization(off, batchOf(recharge({ value: 'x' })), false)).toMatchObject({
      failed: true,
    })

    const rule =
      "{ id: channel, on: recharge, when: 'event.metadata.channel == \"app\"', amount: '5.0', wallet: points }"
    const own = await openPipeline(`program: p\nzone: UTC\nwallets: [points]\npoints:\n  - ${rule}\n`)
    try {
      const telling = { ...own, rejectsTopic: 'anything' }
      const { batch } = await runNormalization(telling, batchOf(recharge()), false)
      await runGamification(telling, batch, 'batch')
      const [failure] = await listFailures(own.database, { code: 'RULE_FAILED' }, 1)
      expect(failure).toMatchObject({ state: 'open', program: 1 })
      expect((await outboxState(own.database.sql)).waiting).toBe(0)
    } finally {
      await own.close()
    }
    expect(await waiting()).toBe(0)
  })

  test('is not told any more once it was erased', async () => {
    const { context, rejects } = await open()
    await runNormalization(context, batchOf(recharge({ value: 'x', customer_id: 'erased' }), '{'), false)
    const [failure] = await listFailures(pipeline.database, { customer: 'erased' }, 1)
    await eraseFailures(pipeline.database.sql, [failure!.id])
    expect(await deliverRejects(context, rejects)).toBe(1)
    const [told] = await read(rejects.topic, 1)
    expect(textOf(told?.headers, 'laurel-code')).toBe('JSON_INVALID')
  })
})

describe('delivery', () => {
  test('by several at once writes every reject once, in order', async () => {
    const { context, rejects } = await open()
    const values = Array.from({ length: 450 }, (_, i) => `{ ${i}`)
    await runNormalization(context, batchOf(...values), false)
    let delivered = 0
    await vi.waitUntil(
      async () => {
        const counts = await Promise.all([1, 2, 3].map(() => deliverRejects(context, rejects)))
        delivered += counts.reduce((sum, count) => sum + count)
        return (await waiting()) === 0
      },
      { timeout: 15_000 },
    )
    expect(delivered).toBe(450)
    const told = await read(rejects.topic, 450)
    expect(told.map(({ value }) => String(value))).toEqual(values)
  })

  test('of more than Kafka takes at once goes in parts, and of a message that is too large without it', async () => {
    const topic = unique('small')
    const admin = new kafkajs.Kafka({
      brokers: [...settings.brokers],
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin()
    await admin.connect()
    await admin.createTopics({
      topics: [{ topic, numPartitions: 1, configEntries: [{ name: 'max.message.bytes', value: '3000' }] }],
    })
    await admin.disconnect()
    const context = { ...pipeline, rejectsTopic: topic }
    const [small, large] = [`{${' '.repeat(1_500)}`, `{${' '.repeat(5_000)}`]
    await runNormalization(context, batchOf(small, small, large, small), false)
    expect(await deliverRejects(context, { topic, producer })).toBe(4)
    const told = await read(topic, 4)
    expect(told.map(({ value }) => value?.length)).toEqual([1_501, 1_501, undefined, 1_501])
    expect(told.map(({ headers }) => headers?.['laurel-omitted']?.toString())).toEqual([
      undefined,
      undefined,
      'message',
      undefined,
    ])
    expect(textOf(told[2]?.headers, 'laurel-code')).toBe('JSON_INVALID')
  })

  test('to a topic that is missing keeps what waits, and goes on once the topic is there', async () => {
    const topic = unique('missing')
    const context = { ...pipeline, rejectsTopic: topic }
    await runNormalization(context, batchOf('{'), false)
    const rejects = { topic, producer }
    await expect(deliverRejects(context, rejects)).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining(`${topic} (REJECTS_TOPIC) cannot be written to`),
    })
    const rows = await pipeline.database.sql`select attempts from outbox`
    expect(rows).toEqual([{ attempts: 1 }])
    await withAdmin((admin) => admin.createTopics([topic], { partitions: 1, replicationFactor: 1 }))
    expect(await deliverRejects(context, rejects)).toBe(1)
    expect(await written(topic)).toBe(1)
    expect(await waiting()).toBe(0)
  })

  test('of what was left behind is given its job by the sweeper, once', async () => {
    const { context } = await open()
    const { queues, database, sources } = context
    // As a process leaves it that is killed after the commit, or a Redis that is emptied.
    await queues.delivery.obliterate({ force: true })
    const { key, topic, partition, ...batch } = batchOf('{')
    const deliveries = deliveriesOf({ key, topic, partition, ...batch }, sources)
    await record(database, sources, { key, topic, partition, deliveries, announces: true }, false)
    expect(await queues.delivery.count()).toBe(0)
    expect(await sweep(context)).toMatchObject({ rejects: true })
    expect(await sweep(context)).toMatchObject({ rejects: true })
    expect(await queues.delivery.count()).toBe(1)
    await database.sql`delete from outbox`
    expect(await sweep(context)).toMatchObject({ rejects: false })
  })
})
