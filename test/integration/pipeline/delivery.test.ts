import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import type { Context } from '#pipeline/context.ts'
import { Programs } from '#pipeline/programs.ts'
import { runNormalization } from '#pipeline/stages.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import { type Config, readConfig } from '#runtime/config.ts'
import type { Stoppable } from '#runtime/lifecycle.ts'
import { createLog } from '#runtime/log.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect, migrate } from '#store/database.ts'
import { outboxState } from '#store/outbox.ts'
import { rewardsState } from '#store/rewards.ts'
import { runWorker } from '../../../apps/worker/worker.ts'
import { createDatabase } from '../../support/stack.ts'
import { settings, unique, withAdmin } from '../stream/fixture.ts'

const topic = unique('rejects')
const rewards = unique('rewards')
/** The sweeper comes every 5 s, and is told to again after at most 10 s. */
const PATIENCE = { timeout: 40_000, interval: 100 }

let config: Config
let context: Context
let transport: Transport
let worker: Stoppable
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  config = readConfig({
    DATABASE_URL: await createDatabase(),
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `test-${randomUUID().slice(0, 8)}`,
    REJECTS_TOPIC: topic,
    REWARDS_TOPIC: rewards,
  })
  await migrate(config.DATABASE_URL)
  const database = connect(config.DATABASE_URL, { application: 'test', connections: 2 })
  transport = await openTransport(config.REDIS_URL, config.REDIS_PREFIX)
  closing.push(
    () => database.close(),
    () => transport.close(),
  )
  const { sources } = loadProgram(config.PROGRAM_DIRECTORY)
  const rest = { programs: new Programs(), sources, metrics: new Metrics(), rejectsTopic: topic }
  context = { ...transport, database, ...rest }
  const pools = ['delivery', 'failed-events', 'maintenance'] as const
  worker = await runWorker(
    config,
    { pools, concurrency: undefined, kafka: settings },
    createLog('test', 'silent'),
  )
})

afterAll(async () => {
  await worker.stop()
  for (const close of closing) await close()
})

let offset = 0

async function refuse(value: string): Promise<void> {
  const message = { offset: String(offset++), timestamp: Date.now(), value }
  const batch = {
    key: unique('batch'),
    cluster: 'test',
    topic: 'crm-events',
    partition: 0,
    messages: [message],
  }
  await runNormalization(context, batch, false)
}

const waiting = async () => (await outboxState(context.database.sql)).waiting

async function written(to = topic): Promise<number> {
  const marks = await withAdmin((admin) => admin.watermarks([to]))
  return marks.reduce((sum, { high }) => sum + Number(high), 0)
}

test('a topic that is missing stops nobody, and is written to once it is there', async () => {
  await refuse('{')
  const { queues, database } = context
  await vi.waitUntil(async () => {
    const [row] = await database.sql<{ attempts: number }[]>`select attempts from outbox`
    return row !== undefined && row.attempts >= 2
  }, PATIENCE)
  await refuse('[')
  // The other pools of the same worker go on.
  await vi.waitUntil(async () => (await queues['failed-events'].getFailedCount()) === 2, PATIENCE)
  expect(await waiting()).toBe(2)
  expect(await queues.delivery.getFailedCount()).toBe(0)
  await withAdmin((admin) => admin.createTopics([topic], { partitions: 1, replicationFactor: 1 }))
  await vi.waitUntil(async () => (await waiting()) === 0, PATIENCE)
  expect(await written()).toBe(2)
})

test('what waits when Redis is emptied is delivered all the same', async () => {
  const { queues, redis } = transport
  await queues.delivery.pause()
  await refuse('"')
  expect(await waiting()).toBe(1)
  const keys = await redis.keys(`${config.REDIS_PREFIX}:*`)
  await redis.unlink(...keys)
  await vi.waitUntil(async () => (await waiting()) === 0, PATIENCE)
  expect(await written()).toBe(3)
})

test('bundles that wait are told beside rejects, once their topic is there', async () => {
  const { sql } = context.database
  await sql`insert into subjects (id, kind, value, customer_id) values (900, 'other', 'b', 900)`
  await sql`
    insert into awards (customer_id, rule, occurrence, kind, level, amount, at, identity, program, receipt)
    values (900, 'm', 'once/bundle/1GB', 'bundle', 0, 0, now(), ${randomUUID()}, '1', '{"bundle":"1GB"}')`
  await sql`insert into rewards (customer_id, rule, occurrence, revision) values (900, 'm', 'once/bundle/1GB', 1)`
  await vi.waitUntil(async () => {
    const [row] = await sql<{ attempts: number }[]>`select attempts from rewards`
    return row !== undefined && row.attempts >= 1
  }, PATIENCE)
  await refuse('}')
  await vi.waitUntil(async () => (await waiting()) === 0, PATIENCE)
  await withAdmin((admin) => admin.createTopics([rewards], { partitions: 1, replicationFactor: 1 }))
  await vi.waitUntil(async () => (await rewardsState(sql)).waiting === 0, PATIENCE)
  expect(await written(rewards)).toBe(1)
})
