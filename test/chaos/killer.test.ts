import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listFailures } from '#store/failure-filter.ts'
import { Installation, type Running, until } from '../support/installation.ts'

/** Two deaths, each noticed within 20 s, and what it takes to look for the guilty one. */
const PATIENCE = 150_000
const EVENTS = 60

let installation: Installation
beforeAll(async () => {
  const preload = `--import=${resolve('test/support/killed-by-1999.mjs')}`
  installation = await Installation.create({ NODE_OPTIONS: preload })
})
afterAll(() => installation.stop())

function login(number: number, timestamp: string) {
  const [event_id, customer_id] = [`login-${number}`, `customer-${number}`]
  const event = { source: 'app', event_id, customer_id, event_type: 'app_login', timestamp }
  return { topic: 'app-events', value: JSON.stringify(event) }
}

test('a message that ends whoever reads it fails alone, after two workers', async () => {
  await installation.publish(Array.from({ length: EVENTS }, (_, i) => login(i, '2026-11-20T06:00:00Z')))
  // By itself: of several, a producer sends all again where one partition of a new topic is not ready yet.
  await installation.publish([login(EVENTS, '1999-11-20T06:00:00Z')])
  await installation.start('bridge', 'bridge')
  let [deaths, isOver] = [0, false]
  let worker: Running | undefined
  const supervised = (async () => {
    while (!isOver) {
      // It may have read the message, and died of it, before it could say that it is ready.
      worker = await installation.start('worker', 'worker').catch(() => undefined)
      await worker?.ended
      deaths++
    }
  })()
  const failures = () => listFailures(installation.database, { code: 'MESSAGE_KILLS_WORKER' }, 10)
  await until(async () => (await failures()).length > 0, PATIENCE)
  await installation.settled()
  expect(await failures()).toMatchObject([{ state: 'open', stage: 'normalization' }])
  const [{ total }] = await installation.database.sql<[{ total: number }]>`
    select count(*)::bigint as total from events`
  expect(total).toBe(EVENTS)
  expect(deaths).toBeGreaterThanOrEqual(2)
  // One more where the bridge had added its batch anew before the second one was noticed.
  expect(deaths).toBeLessThanOrEqual(3)
  isOver = true
  await worker?.stop()
  await supervised
}, 300_000)
