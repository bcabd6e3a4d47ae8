import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConsumerHandlers, ConsumerOptions, PartitionOffset, TopicPartition } from '#stream/consumer.ts'
import { type Bridge, type BridgePorts, startBridge } from '../../../apps/bridge/bridge.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const a0 = { topic: 'a', partition: 0 }
const b0 = { topic: 'b', partition: 0 }

/** A consumer of which the test decides what it reads. */
class FakeConsumer {
  readonly clusterId = 'cluster'
  readonly paused = new Set<string>()
  readonly sought: PartitionOffset[] = []
  readonly commits: PartitionOffset[] = []
  handlers!: ConsumerHandlers
  commitFails = false
  stopped = false

  supervise = ({ handlers }: ConsumerOptions) => {
    this.handlers = handlers
    return {
      stop: async () => {
        this.stopped = true
        handlers.ended()
      },
    }
  }

  assign(...partitions: TopicPartition[]) {
    this.handlers.assigned(this, partitions)
  }

  give(place: TopicPartition, from: number, count: number, behind = 0) {
    const records = Array.from({ length: count }, (_, index) => {
      return { offset: String(from + index), timestamp: '0', key: null, value: Buffer.from('{}') }
    })
    this.handlers.read({ ...place, records, next: String(from + count), behind })
  }

  pause(partitions: readonly TopicPartition[]) {
    for (const { topic, partition } of partitions) this.paused.add(`${topic}/${partition}`)
  }

  resume(partitions: readonly TopicPartition[]) {
    for (const { topic, partition } of partitions) this.paused.delete(`${topic}/${partition}`)
  }

  seek(position: PartitionOffset) {
    this.sought.push(position)
  }

  async commit(offsets: readonly PartitionOffset[]) {
    if (this.commitFails) throw new Error('Kafka is away')
    this.commits.push(...offsets)
  }
}

/** Redis and PostgreSQL, of which the test decides what they hold and whether they answer. */
class FakePorts implements BridgePorts {
  /** `first-last#attempt` of each job Redis was given. */
  readonly added: string[] = []
  readonly keys: string[] = []
  readonly recorded = new Map<string, { gamified: boolean }>()
  readonly lost = new Set<string>()
  redisAway = false
  postgresAway = false
  queuePaused = false
  marksAsked = 0

  async add(jobs: Parameters<BridgePorts['add']>[0]) {
    if (this.redisAway) throw new Error('Redis is away')
    for (const { batch, attempt } of jobs) {
      this.added.push(`${batch.key.split('/').slice(0, 3).join('/')}#${attempt}`)
      this.keys.push(batch.key)
    }
  }

  async missing(jobs: readonly { key: string; attempt: number }[]) {
    if (this.redisAway) throw new Error('Redis is away')
    return jobs.filter(({ key, attempt }) => this.lost.has(`${key}#${attempt}`)).map(({ key }) => key)
  }

  async paused() {
    return this.queuePaused
  }

  async marks(keys: readonly string[]) {
    this.marksAsked += 1
    if (this.postgresAway) throw new Error('PostgreSQL is away')
    return new Map([...this.recorded].filter(([key]) => keys.includes(key)))
  }

  record(gamified = true, count = this.keys.length) {
    for (const key of this.keys.slice(0, count)) this.recorded.set(key, { gamified })
  }
}

function start(limits?: { unrecorded: number; ungamified: number }) {
  const consumer = new FakeConsumer()
  const ports = new FakePorts()
  const warnings: string[] = []
  const warn = (_: object, message: string) => warnings.push(message)
  const bridge: Bridge = startBridge({
    settings: { preset: 'self-hosted', brokers: [], clientId: 'laurel', tls: null, sasl: null },
    groupId: 'group',
    topics: ['a', 'b'],
    ports,
    log: { debug() {}, info() {}, warn, error: warn },
    onGiveUp: () => {},
    supervise: consumer.supervise,
    ...(limits ? { limits } : {}),
  })
  consumer.assign(a0, b0)
  return { consumer, ports, bridge, warnings }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('reading', () => {
  it('makes a job of a message at once', async () => {
    const { consumer, ports } = start()
    consumer.give(a0, 7, 1)
    await pass(0)
    expect(ports.added).toEqual(['a/0/7-7#0'])
  })

  it('holds a partition at its topic’s limit, and only that', async () => {
    const { consumer, ports } = start({ unrecorded: 2, ungamified: 8 })
    consumer.give(a0, 0, 3_400)
    consumer.give(b0, 0, 1)
    await pass(0)
    expect(ports.added).toEqual(['a/0/0-999#0', 'a/0/1000-1999#0', 'b/0/0-0#0'])
    expect([...consumer.paused]).toEqual(['a/0'])

    ports.record()
    await pass(100)
    expect(ports.added.slice(3)).toEqual(['a/0/2000-2999#0', 'a/0/3000-3399#0'])
    expect([...consumer.paused]).toEqual([])
  })

  it('has a topic that is far behind leave room for one that is live, for as long as that is', async () => {
    const { consumer, ports } = start()
    consumer.give(b0, 0, 1)
    consumer.give(a0, 0, 5_000, 200_000)
    await pass(0)
    expect(ports.added).toEqual(['b/0/0-0#0', 'a/0/0-999#0'])
    ports.record(false)
    await pass(100)
    expect(ports.added.slice(2)).toEqual(['a/0/1000-1999#0'])

    await pass(10_000)
    ports.record(false)
    await pass(1_000)
    expect(ports.added.slice(3)).toEqual(['a/0/2000-2999#0', 'a/0/3000-3999#0', 'a/0/4000-4999#0'])
  })

  it('does not hold topics that are all far behind', async () => {
    const { consumer, ports } = start({ unrecorded: 2, ungamified: 8 })
    consumer.give(b0, 0, 2_000, 200_000)
    consumer.give(a0, 0, 2_000, 200_000)
    await pass(0)
    expect(ports.added).toHaveLength(4)
  })

  it('holds a topic whose batches wait for gamification', async () => {
    const { consumer, ports, bridge } = start({ unrecorded: 2, ungamified: 2 })
    consumer.give(a0, 0, 3_000)
    await pass(0)
    ports.record(false)
    await pass(500)
    expect(ports.added).toHaveLength(2)
    expect(bridge.snapshot().open).toMatchObject({ a: { waiting: 1_000, unrecorded: 0, ungamified: 2 } })
    ports.record(true, 1)
    await pass(500)
    expect(ports.added).toHaveLength(3)
  })

  it('goes on after a rebalance where it was, and forgets what went to others', async () => {
    const { consumer, ports } = start()
    consumer.give(a0, 0, 10)
    consumer.give(b0, 0, 10)
    await pass(0)
    consumer.assign(a0)
    expect(consumer.sought).toEqual([{ ...a0, offset: '10' }])
    ports.record()
    await pass(100)
    expect(consumer.commits).toEqual([{ ...a0, offset: '10' }])
  })

  it('begins where the group has committed when the consumer was replaced', async () => {
    const { consumer, ports } = start({ unrecorded: 1, ungamified: 8 })
    consumer.give(a0, 0, 3_000)
    expect([...consumer.paused]).toEqual(['a/0'])
    consumer.handlers.ended()
    consumer.paused.clear()
    consumer.assign(a0, b0)
    expect(consumer.sought).toEqual([])
    consumer.give(a0, 0, 1_000)
    await pass(0)
    expect(ports.added).toEqual(['a/0/0-999#0', 'a/0/0-999#0'])
    ports.record()
    await pass(100)
    expect(consumer.commits).toEqual([{ ...a0, offset: '1000' }])
  })
})

describe('committing', () => {
  it('follows PostgreSQL', async () => {
    const { consumer, ports, bridge } = start()
    consumer.give(a0, 0, 2_000)
    await pass(1_000)
    expect(consumer.commits).toEqual([])
    ports.record(false, 1)
    await pass(500)
    expect(consumer.commits).toEqual([{ ...a0, offset: '1000' }])
    ports.record(false)
    await pass(500)
    expect(consumer.commits.slice(1)).toEqual([{ ...a0, offset: '2000' }])
    expect(bridge.snapshot().commits).toBe(2)
  })

  it('is tried again while Kafka does not take it', async () => {
    const { consumer, ports, warnings } = start()
    consumer.commitFails = true
    consumer.give(a0, 0, 1)
    await pass(0)
    ports.record()
    await pass(2_000)
    expect(warnings).toEqual(['committing to Kafka failed; trying again until it works'])
    consumer.commitFails = false
    await pass(1_000)
    expect(consumer.commits).toEqual([{ ...a0, offset: '1' }])
  })

  it('asks PostgreSQL only while something is open', async () => {
    const { consumer, ports } = start()
    await pass(10_000)
    expect(ports.marksAsked).toBe(0)
    consumer.give(a0, 0, 1)
    await pass(0)
    ports.record()
    await pass(60_000)
    expect(ports.marksAsked).toBe(1)
  })
})

describe('outages', () => {
  it('of Redis: the same jobs are added when it is back', async () => {
    const { consumer, ports, warnings } = start()
    ports.redisAway = true
    consumer.give(a0, 0, 10)
    await pass(30_000)
    expect(ports.added).toEqual([])
    expect(warnings).toEqual(['adding jobs to Redis failed; trying again until it works'])
    ports.redisAway = false
    await pass(1_000)
    expect(ports.added).toEqual(['a/0/0-9#0'])
  })

  it('of PostgreSQL: nothing is committed or added again until it is back', async () => {
    const { consumer, ports } = start()
    ports.postgresAway = true
    consumer.give(a0, 0, 10)
    await pass(0)
    for (const key of ports.keys) ports.lost.add(`${key}#0`)
    ports.record()
    await pass(90_000)
    expect(consumer.commits).toEqual([])
    expect(ports.added).toEqual(['a/0/0-9#0'])
    ports.postgresAway = false
    await pass(1_000)
    expect(consumer.commits).toEqual([{ ...a0, offset: '10' }])
    expect(ports.added).toEqual(['a/0/0-9#0'])
  })
})

describe('lost jobs', () => {
  it('that have left Redis are added again within seconds, each time under the next attempt', async () => {
    const { consumer, ports, bridge } = start()
    consumer.give(a0, 0, 10)
    await pass(0)
    const [key] = ports.keys
    ports.lost.add(`${key}#0`).add(`${key}#1`)
    await pass(5_100)
    expect(ports.added).toEqual(['a/0/0-9#0', 'a/0/0-9#1'])
    await pass(5_100)
    expect(ports.added.slice(2)).toEqual(['a/0/0-9#2'])
    await pass(30_000)
    expect(ports.added).toHaveLength(3)
    expect(bridge.snapshot()).toMatchObject({ batchesAdded: 1, batchesAddedAgain: 2 })
  })

  it('that have left Redis because they are done are not added again', async () => {
    const { consumer, ports } = start()
    consumer.give(a0, 0, 10)
    await pass(0)
    await pass(4_900)
    ports.lost.add(`${ports.keys[0]}#0`)
    ports.record()
    await pass(10_000)
    expect(ports.added).toHaveLength(1)
  })

  it('that take longer than a minute are added again', async () => {
    const { consumer, ports } = start()
    consumer.give(a0, 0, 10)
    await pass(59_000)
    expect(ports.added).toHaveLength(1)
    await pass(6_000)
    expect(ports.added).toEqual(['a/0/0-9#0', 'a/0/0-9#1'])
  })

  it('of a paused queue are left alone, and given a minute after it goes on', async () => {
    const { consumer, ports } = start()
    ports.queuePaused = true
    consumer.give(a0, 0, 10)
    await pass(600_000)
    ports.queuePaused = false
    await pass(55_000)
    expect(ports.added).toHaveLength(1)
    await pass(15_000)
    expect(ports.added).toHaveLength(2)
  })
})

describe('stopping', () => {
  it('reads no more, and commits what is recorded meanwhile', async () => {
    const { consumer, ports, bridge } = start()
    consumer.give(a0, 0, 10)
    await pass(0)
    const stopped = bridge.stop()
    expect([...consumer.paused].sort()).toEqual(['a/0', 'b/0'])
    consumer.give(b0, 0, 10)
    await pass(200)
    expect(consumer.stopped).toBe(false)
    ports.record()
    await pass(600)
    await stopped
    expect(consumer.commits).toEqual([{ ...a0, offset: '10' }])
    expect(consumer.stopped).toBe(true)
    expect(ports.added).toHaveLength(1)
    expect(bridge.snapshot().joined).toBe(false)
  })

  it('ends in time although nothing answers', async () => {
    const { consumer, ports, bridge } = start()
    consumer.give(a0, 0, 10)
    await pass(0)
    ports.marks = () => new Promise(() => {})
    ports.redisAway = true
    consumer.give(b0, 0, 10)
    const stopped = bridge.stop()
    await pass(5_000)
    await stopped
    expect(consumer.stopped).toBe(true)
    expect(consumer.commits).toEqual([])
    await bridge.stop()
  })
})

it('tells what it has done', async () => {
  const { consumer, ports, bridge } = start()
  const began = Date.now()
  expect(bridge.snapshot()).toEqual({
    joined: true,
    messagesRead: {},
    open: {
      a: { waiting: 0, unrecorded: 0, ungamified: 0 },
      b: { waiting: 0, unrecorded: 0, ungamified: 0 },
    },
    batchesAdded: 0,
    batchesAddedAgain: 0,
    commits: 0,
    lastProgressAt: began,
  })
  await pass(1_000)
  consumer.give(a0, 0, 1_200)
  await pass(0)
  expect(bridge.snapshot()).toMatchObject({
    messagesRead: { a: 1_200 },
    open: { a: { waiting: 0, unrecorded: 2, ungamified: 0 } },
    batchesAdded: 2,
    lastProgressAt: began + 1_000,
  })
  ports.record()
  await pass(200)
  expect(bridge.snapshot()).toMatchObject({ commits: 1, lastProgressAt: began + 1_050 })
})
