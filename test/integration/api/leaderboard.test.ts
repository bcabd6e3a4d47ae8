import { afterAll, beforeAll, expect, test } from 'vitest'
import { weekName } from '#domain/calendar.ts'
import { maskedId } from '#pipeline/identity.ts'
import { publish } from '#pipeline/publication.ts'
import { loadProgram } from '#runtime/program.ts'
import { leaderboard as leaderboardSchema } from '../../../apps/api/schema.ts'
import { type Fixture, startFixture } from './fixture.ts'

let api: Fixture
const today = Math.floor((Date.now() + 6 * 3_600_000) / 86_400_000)
const midnight = today * 86_400_000 - 6 * 3_600_000
const reached = new Date(midnight).toISOString()

/** What names or shows a customer in any way: digits enough for a phone number, or a UUID. */
const TELLING = /\d{6}|[\da-f]{8}-[\da-f]{4}/

beforeAll(async () => {
  api = await startFixture()
  const { text } = loadProgram('programs/telco')
  const aliases = `aliases:\n  - { id: nickname, on: profile, alias: event.metadata.nickname, counts: history }\n`
  await publish(api.context.database, `${text}\n${aliases}`, 'test', Date.now())
})

afterAll(() => api.stop())

test('while the index is not complete, it is not answered', async () => {
  const { status, headers, body } = await api.get('/v1/leaderboards/points-all')
  expect(status).toBe(503)
  expect(headers.get('retry-after')).toMatch(/^\d+$/)
  expect(body.detail).toContain('made anew')
})

test('has competition ranks, the earlier first among equals, and of customers an alias, or a masked id', async () => {
  const recharges = [
    ['+8801700000001', 90, midnight],
    ['+8801700000002', 70, midnight + 1],
    ['+8801700000003', 70, midnight],
    ['+8801700000004', 20, midnight],
    ['+8801700000005', 500, midnight - 7 * 86_400_000],
  ] as const
  const events = recharges.map(([customer_id, value, at]) => ({
    event_id: customer_id,
    customer_id,
    event_type: 'recharge',
    timestamp: new Date(at).toISOString(),
    value,
  }))
  const chosen = (customer_id: string, nickname: string) => {
    return {
      customer_id,
      event_type: 'profile',
      timestamp: reached,
      event_id: nickname,
      metadata: { nickname },
    }
  }
  const names = [chosen('+8801700000003', 'Night  Rider'), chosen('+8801700000002', '01700000002')]
  expect((await api.post(JSON.stringify([...events, ...names]))).body.accepted).toBe(7)
  await api.process()
  const week = weekName(today)
  const { body } = await api.get('/v1/leaderboards/points-week')
  const masked = expect.stringMatching(/^#[bcdfghjklmnpqrst]{10}$/)
  expect(leaderboardSchema.parse(body)).toEqual({
    board: 'points-week',
    period: week,
    settled: false,
    entries: [
      { rank: 1, customer: masked, asked: false, total: 9, achievedAt: reached },
      { rank: 2, customer: 'Night Rider', asked: false, total: 7, achievedAt: reached },
      { rank: 2, customer: masked, asked: false, total: 7, achievedAt: new Date(midnight + 1).toISOString() },
      { rank: 4, customer: masked, asked: false, total: 2, achievedAt: reached },
    ],
  })
  const last = await api.get(`/v1/leaderboards/points-week?period=${weekName(today - 7)}`)
  expect(last.body.entries).toMatchObject([{ rank: 1, customer: masked, total: 50 }])
  const shown = body.entries.map(({ customer }: { customer: string }) => customer)
  expect(new Set(shown).size).toBe(4)
  expect(shown.join()).not.toMatch(TELLING)
  const all = await api.get('/v1/leaderboards/points-all?limit=1')
  expect(all.body).toMatchObject({ period: 'all', entries: [{ rank: 1, total: 50 }] })
  const none = await api.get('/v1/leaderboards/points-week?period=1999-W01')
  expect(none.body).toEqual({ board: 'points-week', period: '1999-W01', settled: false, entries: [] })
})

test('a masked id is made with the secret of the installation, which is looked up once', async () => {
  const { sql } = api.context.database
  const shown = async () => {
    const { body } = await api.get('/v1/leaderboards/points-week?limit=1')
    return body.entries[0].customer
  }
  const customer = await shown()
  const [secret] = await sql<[{ value: string }]>`select value from secrets where name = 'mask'`
  expect(secret.value).toMatch(/^[0-9a-f]{64}$/)
  const subject = { kind: 'msisdn', value: '+8801700000001' } as const
  const [row] = await sql<[{ id: number }]>`select id from subjects where value = ${subject.value}`
  expect(customer).toBe(maskedId(secret.value, row.id, subject))
  await sql`alter table secrets rename to hidden_secrets`
  try {
    expect(await shown()).toBe(customer)
  } finally {
    await sql`alter table hidden_secrets rename to secrets`
  }
})

test('around a customer, in any spelling, has the entries next to theirs', async () => {
  const ranks = async (query: string) => {
    const { body } = await api.get(`/v1/leaderboards/points-all?${query}`)
    expect(body.entries.filter(({ asked }: { asked: boolean }) => asked)).toHaveLength(1)
    expect(body.entries.map(({ customer }: { customer: string }) => customer).join()).not.toMatch(TELLING)
    return body.entries.map(({ rank }: { rank: number }) => rank)
  }
  expect(await ranks('around=01700000002&limit=3')).toEqual([3, 3, 5])
  expect(await ranks('around=+8801700000002&limit=1')).toEqual([3])
  expect(await ranks('around=%2B8801700000005&limit=2')).toEqual([1, 2])
})

test.each([
  ['no-board', 404, /there are points-week, points-all/],
  ['points-week?period=2026-11', 400, /period: expected an ISO week such as 2026-W48, got "2026-11"/],
  ['points-all?period=2026-W48', 400, /period: expected all/],
  ['points-all?limit=101', 400, /limit: expected a whole number from 1 to 100/],
  ['points-all?around=01799999999', 404, /\+8801799999999/],
  ['points-all?top=3', 400, /top: no such parameter; there are period, limit, around/],
])('%s is refused with what to change', async (path, status, detail) => {
  const answer = await api.get(`/v1/leaderboards/${path}`)
  expect(answer.status).toBe(status)
  expect(answer.body.detail).toMatch(detail)
})
