import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { column } from '#store/column.ts'
import { receipt } from '../../../apps/api/schema.ts'
import { type Fixture, startFixture, tokenOf } from './fixture.ts'

let api: Fixture

beforeAll(async () => {
  api = await startFixture()
})

afterAll(() => api.stop())

const event = (fields: object = {}) => ({
  customer_id: '01700000042',
  event_type: 'app_login',
  timestamp: '2024-11-23T09:00:00Z',
  ...fields,
})
const send = async (body: unknown, headers?: Record<string, string>) =>
  api.post(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), headers)
const ndjson = { 'content-type': 'application/x-ndjson' }

async function stored(): Promise<number> {
  const [row] = await api.context.database.sql<[{ total: number }]>`
    select (select count(*) from events) + (select count(*) from failures) + (select count(*) from batches) as total`
  return row.total
}

async function payloadOf(identity: string): Promise<{ payload: string; value: number } | undefined> {
  const [row] = await api.context.database.sql<{ payload: string; value: number }[]>`
    select payload, value from events where identity = ${identity}`
  return row
}

describe('what is accepted', () => {
  test('one event, and the same one again as a duplicate of it', async () => {
    const first = await send(event({ event_id: 'one' }))
    expect(first.status).toBe(202)
    expect(receipt.parse(first.body)).toEqual({
      accepted: 1,
      duplicates: 0,
      failed: 0,
      verdicts: [{ index: 0, status: 'accepted', event: expect.any(String), warnings: [] }],
    })
    const { event: id } = first.body.verdicts[0]
    const second = await send(event({ event_id: 'one' }))
    expect(receipt.parse(second.body)).toEqual({
      accepted: 0,
      duplicates: 1,
      failed: 0,
      verdicts: [{ index: 0, status: 'duplicate', event: id, duplicateOf: id, warnings: [] }],
    })
  })

  test('an array, with the digits of each event as they were written', async () => {
    const texts = [
      '{ "event_id":"digits-1", "customer_id":"1","event_type":"recharge","timestamp":"2024-11-23T09:00:00Z","amount":50.00 }',
      '{"event_id":"digits-2","customer_id":"],[","event_type":"recharge","timestamp":"2024-11-23T09:00:00Z","amount":100000000.00005000000001}',
    ]
    const { status, body } = await send(`[${texts.join(' ,\n')}]`)
    expect(status).toBe(202)
    expect(body.accepted).toBe(2)
    const rows = await Promise.all(
      body.verdicts.map((verdict: { event: string }) => payloadOf(verdict.event)),
    )
    expect(rows).toEqual([
      { payload: texts[0], value: 500_000 },
      { payload: texts[1], value: 1_000_000_000_001 },
    ])
  })

  test('one event a line, whatever ends the lines', async () => {
    const lines = ['l1', 'l2', 'l3'].map((event_id) => JSON.stringify(event({ event_id })))
    const { status, body } = await send(`\ufeff${lines[0]}\r\n\n${lines[1]}\n${lines[2]}`, ndjson)
    expect(status).toBe(202)
    expect(body.verdicts.map((verdict: { status: string }) => verdict.status)).toEqual(
      Array(3).fill('accepted'),
    )
  })

  test('a compressed body', async () => {
    const bytes = gzipSync(JSON.stringify([event({ event_id: 'gz-1' }), event({ event_id: 'gz-2' })]))
    expect((await send(bytes, { 'content-encoding': 'gzip' })).body.accepted).toBe(2)
  })

  test('CloudEvents are told apart by their id', async () => {
    const cloudEvent = event({ specversion: '1.0', id: 'ce-1', type: 'x' })
    const type = { 'content-type': 'application/cloudevents+json' }
    expect((await send(cloudEvent, type)).body.accepted).toBe(1)
    expect((await send(cloudEvent, type)).body.duplicates).toBe(1)
  })

  test('the source of the token is the source of the event', async () => {
    const { body } = await send(
      { ...event({ event_id: 'k-1' }), event_type: 'kyc' },
      { authorization: `Bearer ${tokenOf('crm')}` },
    )
    const trace = await api.get(`/v1/events/${body.verdicts[0].event}`)
    expect(trace.body.event).toMatchObject({ source: 'crm', type: 'kyc_update' })
  })
})

describe('what counts once', () => {
  test('a webhook-id tells a resent request, event by event', async () => {
    const both = [event(), event()]
    const first = await send(both, { 'webhook-id': 'msg_1' })
    const second = await send(both, { 'webhook-id': 'msg_1' })
    expect(first.body).toMatchObject({ accepted: 2, duplicates: 0 })
    expect(second.body).toMatchObject({ accepted: 0, duplicates: 2 })
    expect(first.body.verdicts.flatMap((verdict: { warnings: string[] }) => verdict.warnings)).toEqual([])
    expect((await send(both, { 'webhook-id': 'msg_2' })).body.accepted).toBe(2)
  })

  test('without any id it counts twice, and says so', async () => {
    const first = await send(event())
    const second = await send(event())
    expect([first.body.accepted, second.body.accepted]).toEqual([1, 1])
    expect(first.body.verdicts[0].warnings).toEqual([expect.stringMatching(/would count it twice.*event_id/)])
  })

  test('a fraction of a second makes the content an identity', async () => {
    const precise = event({ timestamp: '2024-11-23T09:00:00.125Z' })
    expect((await send(precise)).body.verdicts[0]).toMatchObject({ status: 'accepted', warnings: [] })
    expect((await send(precise)).body.duplicates).toBe(1)
  })

  test('of two equal events in one request the second is the duplicate', async () => {
    const { body } = await send([event({ event_id: 'twin' }), event({ event_id: 'twin' })])
    expect(body).toMatchObject({ accepted: 1, duplicates: 1 })
    expect(body.verdicts[1].duplicateOf).toBe(body.verdicts[0].event)
  })

  test('the same id with another content is a conflict', async () => {
    await send(event({ event_id: 'conflict' }))
    const { body } = await send(event({ event_id: 'conflict', event_type: 'kyc' }))
    expect(body.verdicts[0]).toMatchObject({ status: 'failed', code: 'EVENT_ID_CONFLICT' })
  })
})

describe('a bad event among good ones', () => {
  test('fails with what to change, and its neighbours count', async () => {
    const bad = event({ timestamp: 'yesterday', customer_id: '+8801700000042' })
    const { status, body } = await send([event({ event_id: 'n1' }), bad, 42, event({ event_id: 'n2' })])
    expect(status).toBe(202)
    expect(receipt.parse(body)).toMatchObject({ accepted: 2, failed: 2 })
    expect(body.verdicts[1]).toMatchObject({
      index: 1,
      status: 'failed',
      code: 'TIMESTAMP_INVALID',
      pointer: '/timestamp',
      expected: 'a time in ISO 8601',
      got: '"yesterday"',
      remedy: expect.stringContaining('2026-11-23T09:00:00Z'),
      failure: expect.any(Number),
    })
    expect(body.verdicts[2].code).toBe('JSON_NOT_AN_OBJECT')
    const trace = await api.get(`/v1/events/${body.verdicts[1].from}`)
    expect(trace.body).toMatchObject({
      status: 'failed',
      event: null,
      failure: {
        id: body.verdicts[1].failure,
        customer: '+88017••••0042',
        source: 'app',
        from: body.verdicts[1].from,
      },
    })
  })

  test.each([
    ['a source that is not the token’s', event({ source: 'crm' }), 'SOURCE_FORBIDDEN'],
    ['a NUL character in a text', event({ customer_id: 'a\0b' }), 'TEXT_HAS_NUL'],
    ['a NUL character in a name', event({ metadata: { 'a\0b': 1 } }), 'TEXT_HAS_NUL'],
    ['a year that no event can be of', event({ timestamp: '0001-01-01T00:00:00Z' }), 'TIMESTAMP_INVALID'],
    ['more than 256 KiB', event({ metadata: { note: 'x'.repeat(256 * 1024) } }), 'MESSAGE_TOO_LARGE'],
    ['more than 64 levels', `${'['.repeat(70)}${']'.repeat(70)}`, 'JSON_NOT_AN_OBJECT'],
    ['deep metadata', event({ metadata: { deep: deep(70) } }), 'JSON_TOO_DEEP'],
  ])('%s', async (name, bad, code) => {
    const { body } = await send(
      `[${JSON.stringify(event({ event_id: name }))},${typeof bad === 'string' ? bad : JSON.stringify(bad)}]`,
    )
    expect(body).toMatchObject({ accepted: 1, failed: 1, verdicts: [{}, { code }] })
  })

  test('one that PostgreSQL refuses, and that stands among those of other requests', async () => {
    const { sql } = api.context.database
    await sql`alter table events add constraint refused check (type <> 'refused')`
    const answers = await Promise.all([
      send([event({ event_id: 'r1' }), event({ event_id: 'r2', event_type: 'refused' })]),
      send(event({ event_id: 'r3' })),
    ])
    expect(answers.map(({ body }) => body)).toMatchObject([
      { accepted: 1, failed: 1, verdicts: [{}, { code: 'EVENT_REFUSED' }] },
      { accepted: 1, failed: 0 },
    ])
  })

  test('bytes that are no text, in a line of their own', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${JSON.stringify(event({ event_id: 'utf' }))}\n{"a":"`),
      badUtf8,
    ])
    const { body } = await send(bytes, ndjson)
    expect(body).toMatchObject({ accepted: 1, failed: 1, verdicts: [{}, { code: 'ENCODING_INVALID' }] })
  })

  test('a line that is not JSON', async () => {
    const { body } = await send(`${JSON.stringify(event({ event_id: 'line' }))}\n{"amount":NaN}`, ndjson)
    expect(body).toMatchObject({ accepted: 1, failed: 1, verdicts: [{}, { code: 'JSON_INVALID' }] })
  })

  test('__proto__ is a name like any other', async () => {
    const text =
      '{"event_id":"proto","customer_id":"1","event_type":"app_login","timestamp":"2024-11-23T09:00:00Z","__proto__":{"source":"crm","polluted":true}}'
    const { body } = await send(text)
    expect((await payloadOf(body.verdicts[0].event))?.payload).toBe(text)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

const badUtf8 = Buffer.from([0xff, 0xfe, 0x22, 0x7d])

function deep(levels: number): unknown {
  return levels === 0 ? 1 : { deep: deep(levels - 1) }
}

describe('a request that is refused as a whole stores nothing', () => {
  test.each([
    ['JSON that breaks off', '[{"a":1},{"b":', 400, { position: 14, line: 1, column: 15 }],
    ['NaN, where it stands', '[{"a":1},\n {"amount":NaN}]', 400, { position: 21, line: 2, column: 12 }],
    ['several lines as one JSON', '{"a":1}\n{"b":2}', 400, { line: 2, column: 1 }],
    ['an empty array', '[]', 400, {}],
    ['an empty body', '', 400, {}],
    ['a number', '42', 400, {}],
    ['bytes that are no text', badUtf8, 400, {}],
    ['too many events', `[${Array(10_001).fill('{}').join()}]`, 413, {}],
    ['more than 5 MiB', `[${' '.repeat(5 * 1024 * 1024)}]`, 413, {}],
  ])('%s', async (_, body, status, members) => {
    const before = await stored()
    const answer = await send(body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.body).toMatchObject({ status, instance: '/v1/events', ...members })
    expect(answer.body.detail).toBeTruthy()
    expect(await stored()).toBe(before)
  })

  test.each([
    ['no token', { authorization: '' }, /Bearer/],
    ['a token that nobody has', { authorization: 'Bearer app-token-0123456780' }, /WEBHOOK_TOKENS/],
  ])('%s', async (_, headers, detail) => {
    const before = await stored()
    const answer = await send(event(), headers)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
    expect(answer.body.detail).toMatch(detail)
    expect(await stored()).toBe(before)
  })

  test('a compressed body of more than 5 MiB', async () => {
    const packed = gzipSync(`[${' '.repeat(5 * 1024 * 1024)}]`)
    expect((await send(packed, { 'content-encoding': 'gzip' })).status).toBe(413)
  })

  test('a type that is not read here', async () => {
    const answer = await send(event(), { 'content-type': 'application/x-www-form-urlencoded' })
    expect(answer.status).toBe(415)
    expect(answer.body.detail).toMatch(/application\/json/)
  })
})

test('requests that arrive together share transactions, and each gets its own verdicts', async () => {
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      send([event({ event_id: `g${i}-0` }), i % 2 ? {} : event({ event_id: `g${i}-1` })]),
    ),
  )
  for (const [i, { body }] of answers.entries()) {
    expect(body).toMatchObject(i % 2 ? { accepted: 1, failed: 1 } : { accepted: 2, failed: 0 })
  }
  const ids = answers.flatMap(({ body }) => body.verdicts.map((verdict: { event?: string }) => verdict.event))
  const accepted = ids.filter(Boolean)
  expect(new Set(accepted).size).toBe(90)
  const { sql } = api.context.database
  const [row] = await sql<[{ batches: number }]>`
    select count(*) as batches from batches where id in (select batch_id from events where identity = any(${column(sql, 'uuid', accepted)}))`
  expect(row.batches).toBeLessThan(40)
  const offsets = await sql<{ offset: number }[]>`
    select "offset" from events where identity = any(${column(sql, 'uuid', accepted)})`
  expect(new Set(offsets.map(({ offset }) => offset)).size).toBe(90)
})

test('10,000 events are one transaction', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    event({ event_id: `many-${i}`, customer_id: String(i % 100) }),
  )
  const { status, body } = await send(many.map((each) => JSON.stringify(each)).join('\n'), ndjson)
  expect(status).toBe(202)
  expect(body.accepted).toBe(10_000)
  const { sql } = api.context.database
  const identities = body.verdicts.map((verdict: { event: string }) => verdict.event)
  const rows = await sql`
    select distinct batch_id from events where identity = any(${column(sql, 'uuid', identities)})`
  expect(rows.length).toBe(1)
})

test('without any token configured, the answer names the variable', async () => {
  const closed = await startFixture({ environment: { WEBHOOK_TOKENS: '' } })
  try {
    const answer = await closed.post('{}')
    expect(answer.status).toBe(401)
    expect(answer.body.detail).toContain('WEBHOOK_TOKENS')
  } finally {
    await closed.stop()
  }
})
