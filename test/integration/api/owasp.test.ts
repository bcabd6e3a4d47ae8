import { pino } from 'pino'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { readConfig } from '#runtime/config.ts'
import { migrate } from '#store/database.ts'
import { runApi } from '../../../apps/api/api.ts'
import { type InnerServer, startInner } from '../../support/inner.ts'
import { createDatabase } from '../../support/stack.ts'
import { type Fixture, startFixture, tokenOf } from './fixture.ts'

// OWASP's top ten of 2021, each held against the API as it runs. A06 and the lock file of A08 are the same for every
// process: they are in test/integration/ops/owasp.test.ts.

const READ_TOKEN = 'read-token-0123456789'
const CUSTOMER = '+8801711000801'
const reading = { authorization: `Bearer ${READ_TOKEN}` }

let api: Fixture
let inner: InnerServer
beforeAll(async () => {
  inner = await startInner()
  api = await startFixture({ environment: { READ_TOKEN } })
  const { status } = await api.post(JSON.stringify(recharge('first')))
  expect(status).toBe(202)
  await api.process()
})
afterAll(async () => {
  await api.stop()
  inner.close()
})

function recharge(id: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  const timestamp = '2026-11-20T06:00:00Z'
  return { event_id: id, customer_id: CUSTOMER, event_type: 'recharge', timestamp, value: 100, ...fields }
}

const READS = [
  `/v1/customers/${encodeURIComponent(CUSTOMER)}`,
  `/v1/customers/${encodeURIComponent(CUSTOMER)}/timeline`,
  '/v1/events/first',
  '/v1/events/billing-events/0/1',
  '/v1/leaderboards/points-week',
  '/v1/pipeline',
]

async function total(table: 'events' | 'failures' | 'batches'): Promise<number> {
  const { sql } = api.context.database
  const [row] = await sql<[{ total: number }]>`select count(*)::bigint as total from ${sql(table)}`
  return row.total
}

test('A01 Broken Access Control: each token is for one thing, and a source speaks for itself alone', async () => {
  for (const path of READS) {
    expect([path, (await api.get(path)).status]).toEqual([path, 401])
    const withSource = { authorization: `Bearer ${tokenOf('app')}` }
    expect([path, (await api.get(path, withSource)).status]).toEqual([path, 401])
    expect([path, [200, 404].includes((await api.get(path, reading)).status)]).toEqual([path, true])
  }
  const before = await total('events')
  expect((await api.post(JSON.stringify(recharge('a01')), reading)).status).toBe(401)
  expect((await api.post(JSON.stringify(recharge('a01')), { authorization: '' })).status).toBe(401)
  const forged = await api.post(JSON.stringify(recharge('a01', { source: 'billing' })))
  expect(forged.body.verdicts[0]).toMatchObject({ status: 'failed', code: 'SOURCE_FORBIDDEN' })
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    const response = await fetch(`${api.url}${READS[0]}`, { method, headers: reading })
    expect([method, response.status]).toEqual([method, 404])
  }
  expect(await total('events')).toBe(before)
})

test('A02 Cryptographic Failures: tokens that could be guessed are not taken, and what names customers is kept by no cache', async () => {
  const base = { DATABASE_URL: 'postgres://x/y', REDIS_URL: 'redis://x' }
  expect(() => readConfig({ ...base, READ_TOKEN: 'short' })).toThrow(/READ_TOKEN: expected at least 16/)
  expect(() => readConfig({ ...base, WEBHOOK_TOKENS: 'app=short' })).toThrow(/WEBHOOK_TOKENS: /)
  for (const path of READS) {
    const { headers } = await api.get(path, reading)
    expect([path, headers.get('cache-control')]).toEqual([path, 'no-store'])
    expect(headers.get('set-cookie')).toBeNull()
  }
  const board = await api.get('/v1/leaderboards/points-all', reading)
  expect(board.body.entries.length).toBeGreaterThan(0)
  for (const { customer } of board.body.entries) expect(customer).toMatch(/^#[a-z]{10}$/)
})

test('A03 Injection: what is asked for is only ever compared, what came in is only ever text', async () => {
  const before = await total('events')
  for (const text of ["' or 1=1 --", "'; drop table events; --", '%', '*', '../../etc/passwd', '{{7*7}}']) {
    const id = encodeURIComponent(text)
    for (const path of [`/v1/customers/${id}`, `/v1/events/${id}`, `/v1/leaderboards/${id}`])
      expect([path, (await api.get(path, reading)).status]).toEqual([path, 404])
  }
  expect((await api.get('/v1/customers/a%00b', reading)).status).toBe(400)
  const nasty = "'); delete from events; --"
  const script = '<script>alert(1)</script>'
  const sent = recharge(nasty, { metadata: { note: script }, __proto__: null })
  const body = JSON.stringify(sent).replace('{', '{"__proto__":{"isAdmin":true},')
  expect((await api.post(body)).body).toMatchObject({ accepted: 1 })
  expect(await total('events')).toBe(before + 1)
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined()
  const trace = await api.get(`/v1/events/${encodeURIComponent(nasty)}`, { ...reading, accept: 'text/html' })
  expect([trace.status, trace.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/html'),
  ])
  expect(trace.body).not.toContain('<script')
  expect((await api.get('/docs', { host: '"><script>alert(1)</script>' })).body).not.toContain('<script')
})

test('A04 Insecure Design: what comes in is limited before it costs anything', async () => {
  const large = Buffer.alloc(6 * 1024 * 1024, ' ')
  expect((await api.post(large)).status).toBe(413)
  // Nobody's body is read who may not send one.
  expect((await api.post(large, { authorization: 'Bearer guess' })).status).toBe(401)
  const many = `[${Array.from({ length: 10_001 }, () => '{}').join(',')}]`
  expect((await api.post(many)).status).toBe(413)
  const page = await api.get(`${READS[1]}?limit=1000000`, reading)
  expect([page.status, page.body.detail]).toEqual([400, expect.stringContaining('from 1 to 100')])
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
  const { body } = await api.post(JSON.stringify(recharge('deep')).replace('100', deep))
  expect(body).toMatchObject({ accepted: 0, failed: 1 })
})

test('A05 Security Misconfiguration: strict headers, no token by default, no stack traces, listening to this machine alone', async () => {
  for (const path of ['/docs', '/openapi.json', '/no-such-page', ...READS]) {
    const { headers } = await api.get(path, reading)
    expect([path, headers.get('x-powered-by')]).toEqual([path, null])
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|script-src|https?:/)
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
  const config = readConfig({ DATABASE_URL: 'postgres://x/y', REDIS_URL: 'redis://x' })
  expect([config.API_HOST, config.WEBHOOK_TOKENS.size]).toEqual(['127.0.0.1', 0])
  const broken = [
    await api.get('/no-such-page', reading),
    await api.get('/v1/customers/%ff', reading),
    await api.get(`${READS[0]}?colour=red`, reading),
    await api.post('{"event_id":'),
    await api.post('x', { 'content-type': 'text/plain' }),
    await api.post('x', { 'content-encoding': 'gzip' }),
  ]
  expect(broken.map(({ status }) => status)).toEqual([404, 400, 400, 400, 415, 400])
  for (const { body, headers } of broken) {
    expect(headers.get('content-type')).toContain('application/problem+json')
    expect(JSON.stringify(body)).not.toMatch(/\\n\s+at |node_modules|\.ts:|select /)
  }
})

test('A07 Identification and Authentication Failures: a token nearly right is wrong, and is told nothing more', async () => {
  const nearly = [READ_TOKEN.slice(0, -1), `${READ_TOKEN}0`, READ_TOKEN.toUpperCase(), 'x', '']
  const answers = []
  for (const token of nearly) {
    const { status, headers, body } = await api.get(READS[0]!, { authorization: `Bearer ${token}` })
    expect([token, status]).toEqual([token, 401])
    expect(headers.get('www-authenticate')).toContain('Bearer')
    expect(JSON.stringify(body)).not.toContain(READ_TOKEN)
    if (token !== '') answers.push(body.detail)
  }
  expect(new Set(answers).size).toBe(1)
  expect((await api.get(`${READS[0]}?token=${READ_TOKEN}`)).status).toBe(401)
})

test('A08 Software and Data Integrity Failures: what is stored is not rewritten by what comes later under its name', async () => {
  const own = { customer_id: '+8801711000808' }
  await api.post(JSON.stringify(recharge('a08', own)))
  await api.process()
  const before = await api.get('/v1/events/a08', reading)
  expect(before.body.event).toMatchObject({ id: expect.any(String) })
  const forged = await api.post(JSON.stringify(recharge('a08', { ...own, value: 1_000_000 })))
  expect(forged.body.verdicts[0]).toMatchObject({ status: 'failed', code: 'EVENT_ID_CONFLICT' })
  await api.process()
  const after = await api.get('/v1/events/a08', reading)
  expect(after.body).toEqual(before.body)
})

test('A09 Security Logging and Monitoring Failures: refused tokens are in the log, refused events are kept, tokens are in neither', async () => {
  const lines: string[] = []
  const databaseUrl = await createDatabase()
  await migrate(databaseUrl)
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: 'owasp-api',
    API_PORT: '0',
    READ_TOKEN,
  })
  const own = await runApi(config, undefined, pino({ level: 'trace' }, { write: (line) => lines.push(line) }))
  try {
    const url = `http://127.0.0.1:${own.port}/v1/pipeline`
    const guess = 'guess-0123456789'
    await fetch(url, { headers: { authorization: `Bearer ${guess}` } })
    await fetch(url, { headers: reading })
    const refused = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'refused for its token')
    expect(refused).toMatchObject([{ method: 'GET', path: '/v1/pipeline', from: '127.0.0.1' }])
    expect(lines.join('')).not.toContain(READ_TOKEN)
    expect(lines.join('')).not.toContain(guess)
  } finally {
    await own.stop()
  }
  const before = await total('failures')
  await api.post(JSON.stringify(recharge('a09', { timestamp: 'yesterday' })))
  expect(await total('failures')).toBe(before + 1)
  expect((await api.get('/metrics')).body).toMatch(/laurel_failures_total\{code="TIMESTAMP_INVALID"\} \d/)
})

test('A10 Server-Side Request Forgery: no address that somebody sends is ever asked', async () => {
  const text = encodeURIComponent(inner.url)
  const fields = { customer_id: inner.url, metadata: { url: inner.url, webhook: inner.url, $ref: inner.url } }
  await api.post(JSON.stringify(recharge('a10', fields)), { 'webhook-id': inner.url, origin: inner.url })
  await api.process()
  for (const path of [
    `/v1/customers/${text}`,
    `/v1/events/${text}`,
    `/v1/leaderboards/points-week?around=${text}`,
  ])
    await api.get(path, { ...reading, 'x-forwarded-host': inner.url })
  expect((await api.get('/', { 'x-forwarded-host': inner.url })).headers.get('location')).toBe('/docs')
  expect(inner.asked).toBe(0)
})
