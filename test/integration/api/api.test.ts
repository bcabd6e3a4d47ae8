import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createLog } from '#runtime/log.ts'
import { openAdmin } from '#stream/admin.ts'
import { openProducer } from '#stream/producer.ts'
import { parseKafkaSettings } from '#stream/settings.ts'
import { OPERATIONS } from '../../../apps/api/operation.ts'
import { pipeline as pipelineSchema } from '../../../apps/api/schema.ts'
import { type Fixture, startFixture, tokenOf, until } from './fixture.ts'

let api: Fixture

beforeAll(async () => {
  api = await startFixture()
})

afterAll(() => api.stop())

const event = (fields: object = {}) => ({
  customer_id: '1',
  event_type: 'recharge',
  timestamp: '2024-11-20T09:00:00Z',
  ...fields,
})

describe('the documentation', () => {
  test('names every operation, and each of them exists', async () => {
    expect((await api.get('/')).headers.get('location')).toBe('/docs')
    const docs = await api.get('/docs')
    const { body } = await api.get('/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    for (const { method, path } of OPERATIONS) {
      expect(docs.body).toContain(`${method.toUpperCase()} ${path}`)
      expect(body.paths[path][method].summary).toBeTruthy()
      const answer = await (method === 'post' ? api.post('') : api.get(path.replace('{id}', 'x')))
      if (answer.status === 404) expect(answer.body.detail).not.toContain('there is nothing at')
    }
    expect(docs.body).not.toMatch(/<script|https?:\/\/(?!127\.0\.0\.1)/)
  })

  test('an unknown path is told what there is', async () => {
    const { status, headers, body } = await api.get('/v2/customers')
    expect(status).toBe(404)
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(body).toMatchObject({ type: '/docs#problem-not-found', instance: '/v2/customers' })
    for (const { path } of OPERATIONS) expect(body.detail).toContain(path)
    expect((await api.get('/docs')).body).toContain('id="problem-not-found"')
  })

  test('pages work by plain http', async () => {
    const { headers } = await api.get('/docs')
    expect(headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests')
    expect(headers.get('strict-transport-security')).toBeNull()
  })
})

describe('the pipeline', () => {
  test('counts events by stage, batches, failures and jobs', async () => {
    await api.post(
      JSON.stringify([event({ event_id: 'a' }), event({ event_id: 'b' }), event({ event_id: 'a' }), {}]),
    )
    await until(async () => {
      // Each of these is looked at anew every second or so, by itself.
      const { events, failures, queues } = (await api.get('/v1/pipeline')).body
      return events.recorded === 2 && failures.CUSTOMER_MISSING === 1 && queues['failed-events'].waiting === 1
    })
    const before = pipelineSchema.parse((await api.get('/v1/pipeline')).body)
    expect(before).toMatchObject({
      events: { recorded: 2, scored: 0, gamified: 0, duplicates: 1, failed: 1 },
      openBatches: 1,
      failures: { CUSTOMER_MISSING: 1 },
      lag: null,
      queues: { scoring: { waiting: 1 }, 'failed-events': { waiting: 1 } },
      unknown: { lag: expect.stringContaining('KAFKA_BOOTSTRAP_SERVERS') },
    })
    expect(before.oldestOpenSeconds).toBeGreaterThan(0)
    await api.process()
    await until(async () => (await api.get('/v1/pipeline')).body.openBatches === 0)
    expect((await api.get('/v1/pipeline')).body).toMatchObject({
      events: { recorded: 2, scored: 2, gamified: 2 },
      oldestOpenSeconds: null,
    })
  })

  test('keeps what is settled, and goes on counting', async () => {
    const { sql } = api.context.database
    await sql`update batches set recorded_at = now() - interval '10 minutes'`
    const recorded = async () => (await api.get('/v1/pipeline')).body.events.recorded
    await until(async () => (await recorded()) === 2)
    await api.post(JSON.stringify(event({ event_id: 'c' })))
    await until(async () => (await recorded()) === 3)
  })

  test('is measured', async () => {
    const { headers, body } = await api.get('/metrics')
    expect(headers.get('content-type')).toContain('text/plain')
    expect(body).toMatch(/laurel_events_total\{stage="normalization"\} 3/)
    expect(body).toMatch(/laurel_open_failures\{code="CUSTOMER_MISSING"\} 1/)
    expect(body).toMatch(/laurel_failures_total\{code="CUSTOMER_MISSING"\} 1/)
    expect(body).toMatch(/laurel_queue_jobs\{queue="failed-events",state="waiting"\} 1/)
    expect(body).toMatch(/laurel_oldest_waiting_seconds \d/)
    expect(body).toMatch(/laurel_new_causes 1\n/)
    expect(body).toMatch(/laurel_outbox_waiting 0\n/)
    expect(body).toMatch(/laurel_outbox_oldest_seconds 0\n/)
    expect(body).toMatch(/laurel_bundles_waiting 0\n/)
    expect(body).toMatch(/laurel_bundles_oldest_seconds 0\n/)
    expect(body).toMatch(/laurel_queue_paused\{queue="scoring"\} 0/)
  })

  test('tells how many bundles wait, and for how long', async () => {
    const { sql } = api.context.database
    await sql`
      insert into rewards (customer_id, rule, occurrence, revision, waiting_since) values
        (1, 'm', 'once/bundle/a', 1, now() - interval '1 minute'), (2, 'm', 'once/bundle/a', 1, now()),
        (3, 'm', 'once/bundle/a', 1, null)`
    await until(async () => {
      const { body } = await api.get('/metrics')
      return /laurel_bundles_waiting 2\n/.test(body) && /laurel_bundles_oldest_seconds 6\d/.test(body)
    })
  })

  test('tells how many rejects wait, and for how long', async () => {
    const { sql } = api.context.database
    await sql`insert into outbox (failure_id, opening, created_at) values (1, 1, now() - interval '1 minute'), (2, 1, now())`
    await until(async () => {
      const { body } = await api.get('/metrics')
      return /laurel_outbox_waiting 2\n/.test(body) && /laurel_outbox_oldest_seconds 6\d/.test(body)
    })
  })

  test('tells of a queue that somebody has paused, and forgets causes that are no longer new', async () => {
    const { queues, database } = api.context
    await queues.scoring.pause()
    await database.sql`update causes set first_seen = now() - interval '2 hours'`
    await until(async () => {
      const { body } = await api.get('/metrics')
      return /laurel_queue_paused\{queue="scoring"\} 1/.test(body) && /laurel_new_causes 0\n/.test(body)
    })
    await queues.scoring.resume()
  })
})

describe('with Kafka', () => {
  test('the lag of every partition is told', async () => {
    const kafka = parseKafkaSettings({ KAFKA_BOOTSTRAP_SERVERS: inject('kafka') })
    const topic = `lag-${Date.now()}`
    const log = createLog('test', 'silent')
    const admin = await openAdmin(kafka, log)
    await admin.createTopics([topic], { partitions: 1, replicationFactor: 1 })
    await admin.close()
    const producer = await openProducer(kafka, log)
    await producer.send(topic, [{ value: '{}' }, { value: '{}' }, { value: '{}' }])
    await producer.close()
    const fixture = await startFixture({ kafka, environment: { KAFKA_TOPICS: topic } })
    try {
      await until(async () => (await fixture.get('/v1/pipeline')).body.lag !== null)
      const { lag, unknown } = pipelineSchema.parse((await fixture.get('/v1/pipeline')).body)
      expect(unknown).toEqual({})
      expect(lag).toEqual([{ topic, partition: 0, lag: 3, committed: null, end: '3' }])
      expect((await fixture.get('/metrics')).body).toMatch(
        new RegExp(`laurel_kafka_lag\\{topic="${topic}",partition="0"\\} 3`),
      )
    } finally {
      await fixture.stop()
    }
  })

  test('a Kafka that is away leaves the rest to be answered within 2 s', async () => {
    const silent = createServer(() => {})
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const kafka = parseKafkaSettings({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${port}` })
    const fixture = await startFixture({ kafka })
    try {
      const begun = performance.now()
      const { status, body } = await fixture.get('/v1/pipeline')
      expect(performance.now() - begun).toBeLessThan(2_000)
      expect(status).toBe(200)
      expect(body).toMatchObject({ lag: null, unknown: { lag: expect.any(String) } })
      expect((await fixture.get('/metrics')).status).toBe(200)
    } finally {
      await fixture.stop()
      silent.close()
    }
  })
})

describe('the process', () => {
  test('is healthy and ready', async () => {
    expect(await api.get('/healthz')).toMatchObject({ status: 200 })
    expect(await api.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  })

  test('finishes what is in hand when it stops, and takes no more', async () => {
    const fixture = await startFixture()
    const posted = Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => fixture.post(JSON.stringify(event({ event_id: `s${i}` })))),
    )
    const stored = async () => (await fixture.context.database.sql`select 1 from events`).length
    await until(async () => (await stored()) > 0)
    const begun = performance.now()
    await fixture.stopApi()
    expect(performance.now() - begun).toBeLessThan(8_000)
    // A connection that came after the end is refused; whatever was taken was answered, and is stored.
    const answers = (await posted).filter((each) => each.status === 'fulfilled')
    expect(new Set(answers.map(({ value }) => value.status))).toEqual(new Set([202]))
    expect(await stored()).toBe(answers.length)
    await expect(fixture.post('{}')).rejects.toThrow()
    await fixture.stop()
  })

  test('says which variable to change where its port is taken', async () => {
    const port = new URL(api.url).port
    await expect(startFixture({ environment: { API_PORT: port } })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining('API_PORT'),
    })
  })

  test('does not start with a token of a source that is not configured', async () => {
    const environment = { WEBHOOK_TOKENS: `nobody=${tokenOf('nobody')}` }
    await expect(startFixture({ environment })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('there are in, crm, dwh, billing, app, kafka'),
    })
  })
})
