import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type KafkaAdmin, openAdmin } from '#stream/admin.ts'
import { createKafka } from '#stream/client.ts'
import { type MessageProducer, openProducer } from '#stream/producer.ts'
import { Collector, createTopic, settings, silent, unique } from './fixture.ts'

const soon = { timeout: 20_000 }

let admin: KafkaAdmin
let producer: MessageProducer
const collectors: Collector[] = []

beforeAll(async () => {
  admin = await openAdmin(settings, silent)
  producer = await openProducer(settings, silent)
})
afterEach(async () => {
  await Promise.all(collectors.splice(0).map((collector) => collector.stop()))
})
afterAll(() => Promise.all([admin.close(), producer.close()]))

function collect(options: ConstructorParameters<typeof Collector>[0]): Collector {
  const collector = new Collector(options)
  collectors.push(collector)
  return collector
}

const send = (topic: string, ...values: string[]) =>
  producer.send(
    topic,
    values.map((value) => ({ value })),
  )

describe('reading', { timeout: 30_000 }, () => {
  it('begins at the earliest offset, and then where the group has committed', async () => {
    const topic = await createTopic(admin)
    const groupId = unique('group')
    await send(topic, 'a', 'b', 'c')
    const first = collect({ topics: [topic], groupId })
    await vi.waitUntil(() => first.records.length === 3, soon)
    expect(first.session?.clusterId).toBe(await admin.clusterId())
    await first.session?.commit([{ topic, partition: 0, offset: '2' }])
    await first.stop()

    const second = collect({ topics: [topic], groupId })
    await vi.waitUntil(() => second.records.length > 0, soon)
    expect(second.values).toEqual(['c'])
  })

  it('goes on while one partition is paused', async () => {
    const topic = await createTopic(admin, 2)
    const collector = collect({ topics: [topic] })
    await vi.waitUntil(() => collector.partitions.length === 2, soon)
    collector.session?.pause([{ topic, partition: 0 }])
    await producer.send(topic, [
      { key: 'customer-2', value: 'for partition 0' },
      { key: 'customer-1', value: 'for partition 1' },
    ])
    await vi.waitUntil(() => collector.records.length > 0, soon)
    expect(collector.records.map(({ partition }) => partition)).toEqual([1])
    collector.session?.resume([{ topic, partition: 0 }])
    await vi.waitUntil(() => collector.records.length === 2, soon)
  })

  it('tells how much there was beyond what it read', async () => {
    const topic = await createTopic(admin)
    for (let i = 0; i < 3; i++) await send(topic, 'x'.repeat(400_000))
    const behind: number[] = []
    const collector = collect({ topics: [topic] })
    collector.onRead = (read) => behind.push(read.behind)
    await vi.waitUntil(() => collector.records.length === 3, soon)
    // An answer has room for one of them.
    expect(behind).toEqual([2, 1, 0])
  })

  it('tells where a transaction’s markers end', async () => {
    const topic = await createTopic(admin)
    const transactional = createKafka(settings, silent).producer({
      transactionalId: unique('transaction'),
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await transactional.connect()
    const transaction = await transactional.transaction()
    await transaction.send({ topic, messages: [{ value: 'a' }] })
    await transaction.commit()
    await transactional.disconnect()

    const next: string[] = []
    const collector = collect({ topics: [topic] })
    collector.onRead = (read) => next.push(read.next)
    await vi.waitUntil(() => collector.records.length === 1, soon)
    // 0 is the message, 1 the marker.
    expect(next).toEqual(['2'])
    await collector.session?.commit([{ topic, partition: 0, offset: '2' }])
  })
})

describe('the group', { timeout: 40_000 }, () => {
  it('shares partitions, and takes over from who leaves', async () => {
    const topic = await createTopic(admin, 4)
    const groupId = unique('group')
    const one = collect({ topics: [topic], groupId })
    await vi.waitUntil(() => one.partitions.length === 4, soon)
    const two = collect({ topics: [topic], groupId })
    await vi.waitUntil(() => one.partitions.length === 2 && two.partitions.length === 2, soon)
    await one.stop()
    await vi.waitUntil(() => two.partitions.length === 4, soon)
    expect(two.sessions).toBe(1)
  })

  it('keeps nobody who was stopped while joining', async () => {
    const topic = await createTopic(admin, 4)
    const groupId = unique('group')
    await new Promise<void>((joining) => {
      const debug = (_: object, message: string) => {
        if (message === 'Starting') joining()
      }
      collect({ topics: [topic], groupId, log: { ...silent, debug } })
    })
    await collectors.pop()?.stop()
    const alone = collect({ topics: [topic], groupId })
    await vi.waitUntil(() => alone.partitions.length > 0, soon)
    expect(alone.partitions).toHaveLength(4)
  })

  it('takes no commit of a session that has ended', async () => {
    const topic = await createTopic(admin)
    const collector = collect({ topics: [topic] })
    await vi.waitUntil(() => collector.session !== null, soon)
    const { session } = collector
    await collector.stop()
    await expect(session?.commit([{ topic, partition: 0, offset: '0' }])).rejects.toThrow()
  })
})

describe('supervision', { timeout: 40_000 }, () => {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  const gzip = CompressionCodecs[CompressionTypes.GZIP]
  afterEach(() => {
    CompressionCodecs[CompressionTypes.GZIP] = gzip
  })

  /** A topic with one compressed record batch, which is read as `read` does it. */
  async function compressed(read: (bytes: Buffer) => Promise<Buffer>): Promise<string> {
    const topic = await createTopic(admin)
    const plain = createKafka(settings, silent).producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await plain.connect()
    await plain.send({
      topic,
      compression: CompressionTypes.GZIP,
      messages: [{ value: 'a' }, { value: 'b' }],
    })
    await plain.disconnect()
    CompressionCodecs[CompressionTypes.GZIP] = () => ({ ...gzip(), decompress: read })
    return topic
  }

  it.each([
    ['SyntaxError', SyntaxError],
    ['TypeError', TypeError],
    ['Error', Error],
  ])('replaces a consumer that a %s ended, and loses nothing', async (_, Failure) => {
    const topic = await createTopic(admin)
    await send(topic, 'a', 'b')
    const collector = collect({ topics: [topic] })
    let failures = 0
    collector.onRead = () => {
      failures += 1
      if (failures === 1) throw new Failure('not today')
    }
    await vi.waitUntil(() => collector.records.length === 2, soon)
    expect(collector.values).toEqual(['a', 'b'])
    expect(collector.gaveUp).toEqual([])
  })

  it('says that a record batch cannot be read, and tries again', async () => {
    let broken = true
    const topic = await compressed(async (bytes) => {
      if (broken) throw new TypeError('corrupted')
      return gzip().decompress(bytes)
    })
    const collector = collect({ topics: [topic] })
    await vi.waitUntil(() => collector.errors.length >= 2, soon)
    expect(collector.errors[0]).toContain('corrupted')
    broken = false
    await vi.waitUntil(() => collector.records.length === 2, soon)
  })

  it('replaces a consumer that hangs', async () => {
    let hung = false
    const topic = await compressed((bytes) => {
      if (hung) return gzip().decompress(bytes)
      hung = true
      return new Promise(() => {})
    })
    const collector = collect({ topics: [topic], stallMs: 1_500 })
    await vi.waitUntil(() => collector.records.length === 2, soon)
    expect(collector.errors).toEqual(['No fetch was answered for 1500 ms.'])
  })

  it('leaves a consumer alone that has nothing to read', async () => {
    const topic = await createTopic(admin)
    await send(topic, 'a')
    const collector = collect({ topics: [topic], stallMs: 300 })
    await vi.waitUntil(() => collector.records.length === 1, soon)
    const idle = Date.now()
    await vi.waitUntil(() => Date.now() - idle > 2_000, soon)
    expect(collector).toMatchObject({ sessions: 1, errors: [] })
  })

  it('reads the topics that exist, and the others when they appear', async () => {
    const topic = await createTopic(admin)
    const later = unique('later')
    await send(topic, 'a')
    const collector = collect({ topics: [topic, later], stallMs: 1_500 })
    await vi.waitUntil(() => collector.values.includes('a'), soon)
    await admin.createTopics([later], { partitions: 1, replicationFactor: 1 })
    await send(later, 'b')
    await vi.waitUntil(() => collector.values.includes('b'), soon)
    expect(collector.errors).toEqual([])
  })

  it('gives up after consumers that could do nothing', async () => {
    const collector = collect({ topics: [unique('never-made')], maxFruitlessCycles: 2 })
    await vi.waitUntil(() => collector.gaveUp.length > 0, soon)
    expect(collector.gaveUp).toEqual([expect.stringMatching(/^Gave up after 2 .* exists: make them with/)])
    expect(collector.errors).toHaveLength(2)
  })
})
