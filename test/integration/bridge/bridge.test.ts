import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type KafkaAdmin, openAdmin } from '#stream/admin.ts'
import { type MessageProducer, openProducer } from '#stream/producer.ts'
import { type Bridge, type BridgePorts, startBridge } from '../../../apps/bridge/bridge.ts'
import { createTopic, settings, silent, unique } from '../stream/fixture.ts'

const soon = { timeout: 30_000 }

let admin: KafkaAdmin
let producer: MessageProducer
const bridges = new Set<Bridge>()

beforeAll(async () => {
  admin = await openAdmin(settings, silent)
  producer = await openProducer(settings, silent)
})
afterEach(async () => {
  await Promise.all([...bridges].map(leave))
})
afterAll(() => Promise.all([admin.close(), producer.close()]))

/** Redis and PostgreSQL in memory, shared by all bridges: a batch is recorded when the test lets it be. */
class Store implements BridgePorts {
  readonly recorded = new Map<string, { gamified: boolean }>()
  /** `topic/partition/offset` of each recorded message, and how often. */
  readonly messages = new Map<string, number>()
  readonly #waiting: Parameters<BridgePorts['add']>[0][number][] = []
  open = true

  async add(jobs: Parameters<BridgePorts['add']>[0]) {
    this.#waiting.push(...jobs)
    if (this.open) this.record()
  }

  record() {
    for (const { batch } of this.#waiting.splice(0)) {
      this.recorded.set(batch.key, { gamified: true })
      for (const { offset } of batch.messages) {
        const name = `${batch.topic}/${batch.partition}/${offset}`
        this.messages.set(name, (this.messages.get(name) ?? 0) + 1)
      }
    }
  }

  missing = async () => []
  paused = async () => false
  marks = async (keys: readonly string[]) => {
    return new Map(keys.flatMap((key) => (this.recorded.has(key) ? [[key, { gamified: true }]] : [])))
  }
}

function join(groupId: string, topics: readonly string[], ports: BridgePorts): Bridge {
  const onGiveUp = (error: Error) => {
    throw error
  }
  const bridge = startBridge({ settings, groupId, topics, ports, log: silent, onGiveUp })
  bridges.add(bridge)
  return bridge
}

async function leave(bridge: Bridge) {
  bridges.delete(bridge)
  await bridge.stop()
}

const lagOf = async (groupId: string, topics: readonly string[]) => {
  const partitions = await admin.lag(groupId, topics)
  return partitions.reduce((sum, { lag }) => sum + lag, 0)
}

const publish = (topic: string, count: number) =>
  producer.send(
    topic,
    Array.from({ length: count }, (_, n) => ({ key: `customer-${n}`, value: `{"amount":${n}}` })),
  )

it('loses nothing while bridges join and leave', { timeout: 60_000 }, async () => {
  const topics = [await createTopic(admin, 3), await createTopic(admin, 3)]
  const groupId = unique('group')
  const store = new Store()
  let published = 0
  let publishing = true
  const traffic = (async () => {
    while (publishing) {
      for (const topic of topics) await publish(topic, 200)
      published += 400
    }
  })()

  const joined = (...all: Bridge[]) => vi.waitUntil(() => all.every((one) => one.snapshot().joined), soon)
  const progress = async () => {
    const before = store.messages.size
    await vi.waitUntil(() => store.messages.size > before + 1_000, soon)
  }
  const one = join(groupId, topics, store)
  await joined(one)
  await progress()
  const two = join(groupId, topics, store)
  const three = join(groupId, topics, store)
  await joined(two, three)
  await progress()
  await leave(one)
  await progress()
  await leave(three)
  await progress()
  publishing = false
  await traffic

  await vi.waitUntil(() => store.messages.size === published, soon)
  await vi.waitUntil(async () => (await lagOf(groupId, topics)) === 0, soon)
  expect(store.messages.size).toBe(published)
})

it('commits nothing that is not recorded, also when it stops', { timeout: 30_000 }, async () => {
  const topic = await createTopic(admin, 3)
  const groupId = unique('group')
  const store = new Store()
  store.open = false
  await publish(topic, 1_000)
  const bridge = join(groupId, [topic], store)
  await vi.waitUntil(() => bridge.snapshot().messagesRead[topic] === 1_000, soon)
  await leave(bridge)
  expect(await lagOf(groupId, [topic])).toBe(1_000)

  store.open = true
  const next = join(groupId, [topic], store)
  await vi.waitUntil(() => store.messages.size === 1_000, soon)
  await leave(next)
  expect(await lagOf(groupId, [topic])).toBe(0)
})

it('commits while a topic is idle, and is quick about a single message', { timeout: 30_000 }, async () => {
  const topic = await createTopic(admin, 3)
  const groupId = unique('group')
  const store = new Store()
  const bridge = join(groupId, [topic], store)
  await vi.waitUntil(() => bridge.snapshot().joined, soon)
  await publish(topic, 1)
  const sent = Date.now()
  await vi.waitUntil(() => store.messages.size === 1, { ...soon, interval: 1 })
  expect(Date.now() - sent).toBeLessThan(1_000)
  await vi.waitUntil(async () => (await lagOf(groupId, [topic])) === 0, soon)
})

it('lets no topic wait for another that is far behind', { timeout: 60_000 }, async () => {
  const [behind, other] = [await createTopic(admin, 3), await createTopic(admin, 1)]
  const groupId = unique('group')
  const store = new Store()
  store.open = false
  for (let round = 0; round < 20; round++) await publish(behind, 1_000)
  const bridge = join(groupId, [behind, other], store)
  // As much as its limit of open batches allows, and a batch more of each partition that waits.
  await vi.waitUntil(() => bridge.snapshot().open[behind]?.unrecorded === 8, soon)
  await publish(other, 1)
  await vi.waitUntil(() => bridge.snapshot().open[other]?.unrecorded === 1, soon)
  expect(bridge.snapshot().open[behind]?.unrecorded).toBe(8)
  store.open = true
  store.record()
  await vi.waitUntil(() => store.messages.size === 20_001, soon)
})
