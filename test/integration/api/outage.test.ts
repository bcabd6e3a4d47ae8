import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { sweep } from '#pipeline/sweeper.ts'
import { createDatabase } from '../../support/stack.ts'
import { type Fixture, startFixture, until } from './fixture.ts'
import { type Relay, relayTo } from './relay.ts'

let api: Fixture
let redis: Relay
let postgres: Relay

beforeEach(async () => {
  redis = await relayTo(inject('redisUrl'))
  postgres = await relayTo(await createDatabase())
  api = await startFixture({ redisUrl: redis.url, databaseUrl: postgres.url })
})

afterEach(async () => {
  await redis.restore()
  await postgres.restore()
  await until(async () => (await api.get('/readyz')).status === 200)
  await api.stop()
  await redis.close()
  await postgres.close()
})

const event = (event_id: string) =>
  JSON.stringify({
    event_id,
    customer_id: '1',
    event_type: 'recharge',
    timestamp: '2024-11-20T09:00:00Z',
    value: 50,
  })

test('without Redis, events are accepted and count once it is back, and customers are shown without ranks', async () => {
  await redis.cut()
  const begun = performance.now()
  const { status, body } = await api.post(`[${event('a')},{}]`)
  expect(status).toBe(202)
  expect(body).toMatchObject({ accepted: 1, failed: 1 })
  expect(performance.now() - begun).toBeLessThan(1_500)
  expect((await api.get('/v1/customers/1')).body).toMatchObject({ ranks: {} })
  expect(await api.get('/readyz')).toMatchObject({
    status: 503,
    body: { missing: ['Redis does not answer'] },
  })
  expect((await api.get('/v1/leaderboards/points-all')).status).toBe(503)
  expect((await api.get('/v1/pipeline')).body).toMatchObject({
    events: { recorded: 1 },
    queues: null,
    unknown: { queues: expect.any(String) },
  })
  await redis.restore()
  const { sql } = api.context.database
  await sql`update batches set recorded_at = now() - interval '1 minute'`
  expect(await sweep(api.context)).toMatchObject({ jobs: 2, failures: 1 })
})

test('without PostgreSQL, nothing is acknowledged, and the same request counts once it is back', async () => {
  await postgres.cut()
  const { status, headers, body } = await api.post(event('b'))
  expect(status).toBe(503)
  expect(headers.get('retry-after')).toMatch(/^\d+$/)
  expect(body).toMatchObject({ type: '/docs#problem-unavailable', status: 503 })
  expect((await api.get('/v1/customers/1')).status).toBe(503)
  expect((await api.get('/v1/pipeline')).status).toBe(503)
  expect((await api.get('/metrics')).status).toBe(200)
  expect((await api.get('/healthz')).status).toBe(200)
  expect(await api.get('/readyz')).toMatchObject({
    status: 503,
    body: { missing: ['PostgreSQL does not answer'] },
  })
  await postgres.restore()
  await until(async () => (await api.post(event('b'))).status === 202)
  expect((await api.post(event('b'))).body).toMatchObject({ accepted: 0, duplicates: 1 })
})
