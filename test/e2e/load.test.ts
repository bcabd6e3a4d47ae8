import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectProducer } from '#queue/redis.ts'
import { load } from '../../apps/cli/population.ts'
import { disturbed } from '../support/disturbance.ts'
import { Installation, until } from '../support/installation.ts'

/** 200,000 in `npm run test:load`. */
const EVENTS = Number(process.env.LOAD_EVENTS ?? 3_000)
const PATIENCE = EVENTS * 12 + 60_000
const DAY = 86_400_000

let installation: Installation
beforeEach(async () => {
  installation = await Installation.create()
})
afterEach(() => installation.stop())

function messages(seed: number) {
  const to = new Date()
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const messages = [
    ...load({
      seed,
      events: EVENTS,
      customers: EVENTS / 10,
      from: new Date(to.getTime() - 40 * DAY),
      to,
      bad: 0.02,
      duplicates: 0.05,
      zone,
    }),
  ]
  return disturbed(messages, seed, 1)
}

/** Waits until so large a part of the messages is recorded, so that what comes next comes half way. */
async function recorded(part: number): Promise<void> {
  await until(async () => {
    const [row] = await installation.database.sql<[{ messages: number }]>`
        select coalesce(sum(messages), 0)::bigint as messages from batches`
    return row.messages >= EVENTS * part
  }, PATIENCE)
}

async function expectTheReference(): Promise<void> {
  await installation.settled(PATIENCE)
  await installation.startApi()
  expect(await installation.differences()).toEqual([])
  expect(await installation.imbalances()).toEqual([])
}

test(
  'a load with duplicates, reversals, links, bad events and offsets that are read again ends as the reference says',
  async () => {
    const { bridge } = await installation.startAll()
    await installation.publish(messages(1))
    await installation.settled(PATIENCE)
    await bridge.stop()
    await installation.rewind('customer-events', EVENTS / 40)
    await installation.start('bridge-again', 'bridge')
    await expectTheReference()
  },
  PATIENCE * 3,
)

test(
  'three processes a pool and bridges that join and leave end the same',
  async () => {
    await installation.publish(messages(2))
    const [first, leaving] = await Promise.all([
      installation.start('bridge-1', 'bridge'),
      ...[1, 2, 3].flatMap((number) => [
        installation.start(
          `recording-${number}`,
          'worker',
          '--pools',
          'normalization,failed-events,maintenance',
        ),
        installation.start(`playing-${number}`, 'worker', '--pools', 'scoring,gamification,leaderboards'),
      ]),
    ])
    await recorded(0.1)
    const second = await installation.start('bridge-2', 'bridge')
    await recorded(0.3)
    await first.stop()
    await installation.start('bridge-3', 'bridge')
    await recorded(0.6)
    await second.stop()
    // It finishes what it has in hand: what a process leaves behind is done again by another, but late.
    expect(await leaving!.stop()).toBeLessThan(8_000)
    await expectTheReference()
  },
  PATIENCE * 3,
)

test(
  'kill -9 of a bridge and of a worker half way, and FLUSHALL, lose nothing, count nothing twice, and need no hand',
  async () => {
    const { bridge, worker } = await installation.startAll()
    await installation.publish(messages(3))
    await recorded(0.2)
    await bridge.kill()
    await installation.start('bridge-again', 'bridge')
    await recorded(0.4)
    await worker.kill()
    await delay(200)
    await installation.start('worker-again', 'worker')
    await recorded(0.6)
    const redis = connectProducer(installation.stack.addresses.redisUrl)
    await until(async () => redis.status === 'ready', 5_000)
    await redis.flushall()
    redis.disconnect()
    await expectTheReference()
  },
  PATIENCE * 3,
)
