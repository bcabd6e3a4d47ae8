import { afterAll, beforeAll, expect, test } from 'vitest'
import { publish } from '#pipeline/publication.ts'
import { settleDue } from '#pipeline/settlement.ts'
import { loadProgram } from '#runtime/program.ts'
import { planSettlements } from '#store/settlements.ts'
import { challenge as challengeSchema, leaderboard as leaderboardSchema } from '../../../apps/api/schema.ts'
import { type Fixture, startFixture } from './fixture.ts'

const DAY = 86_400_000
const HOURS = 6 * 3_600_000
/** A local midnight of the program's zone, two days ago. */
const midnight = (Math.floor((Date.now() + HOURS) / DAY) - 2) * DAY - HOURS
const iso = (at: number) => new Date(at).toISOString()
const PERIOD = iso(midnight + HOURS).slice(0, 10)

const LISTS = `  - { id: plays, sum: value, on: play, period: day, graceHours: 0 }
challenges:
  - id: first-two
    on: play
    when: event.value >= 50.0
    winners: 2
    until: ${iso(midnight + DAY)}
    graceHours: 0
    counts: history
    reward: { wallet: points, amount: 100 }
    budget: 150
  - { id: best, board: plays, from: ${iso(Date.now() + DAY)}, prizes: [{ ranks: [1, 2], reward: { wallet: points, amount: 5 } }] }
aliases:
  - { id: nickname, on: profile, alias: event.metadata.nickname, counts: history }
`

let api: Fixture
beforeAll(async () => {
  api = await startFixture()
  const { text } = loadProgram('programs/telco')
  await publish(api.context.database, `${text}${LISTS}`, 'test', Date.now())
  const event = (customer_id: string, ms: number, value: number, fields: object = {}) => {
    return {
      event_id: `${customer_id} ${ms}`,
      customer_id,
      event_type: 'play',
      timestamp: iso(midnight + ms),
      value,
      ...fields,
    }
  }
  const events = [
    event('+8801700000001', 3, 60),
    event('+8801700000002', 2, 70),
    event('+8801700000003', 1, 40),
    event('+8801700000004', 4, 90),
    event('+8801700000001', 9, 0, { event_type: 'profile', metadata: { nickname: 'Rafi' } }),
  ]
  expect((await api.post(JSON.stringify(events))).body.accepted).toBe(5)
  await api.process()
})
afterAll(() => api.stop())

const masked = expect.stringMatching(/^#[a-z]{10}$/)

test('who would win as things stand, then who has won, for good', async () => {
  const winner = (rank: number, customer: unknown, at: number, amount: number) => {
    const prize = { wallet: 'points', amount }
    return { rank, customer, total: null, achievedAt: iso(midnight + at), prize }
  }
  const winners = [winner(1, masked, 2, 100), winner(2, 'Rafi', 3, 50)]
  const whole = { challenge: 'first-two', period: null, endsAt: iso(midnight + DAY) }
  const before = await api.get('/v1/challenges/first-two')
  expect(challengeSchema.parse(before.body)).toEqual({
    ...whole,
    settled: false,
    winners: winners.map((each) => ({ ...each, paid: false })),
  })
  await api.context.database.sql`update refolds set finished_at = now()`
  expect(await settleDue(api.context)).toMatchObject({ paid: 2 })
  const late = {
    event_id: 'late',
    customer_id: '+8801700000004',
    event_type: 'play',
    timestamp: iso(midnight),
    value: 99,
  }
  await api.post(JSON.stringify([late]))
  await api.process()
  const after = await api.get('/v1/challenges/first-two')
  expect(challengeSchema.parse(after.body)).toEqual({
    ...whole,
    settled: true,
    winners: winners.map((each) => ({ ...each, paid: true })),
  })
  expect((await api.get('/v1/challenges/first-two?limit=1')).body.winners).toHaveLength(1)
  expect(JSON.stringify([before.body, after.body])).not.toMatch(/\d{6}|17000/)
  const { body } = await api.get('/v1/customers/+8801700000002')
  expect(body.wallets.points).toMatchObject({ balance: 100, earned: 0, adjusted: 100 })
})

test('a period of a leaderboard is answered as it was settled, whatever comes after', async () => {
  const { sql } = api.context.database
  const path = `/v1/leaderboards/plays?period=${PERIOD}`
  const before = leaderboardSchema.parse((await api.get(path)).body)
  expect(before).toMatchObject({ settled: false, entries: { length: 4 } })
  await planSettlements(sql, [{ of: 'plays', period: PERIOD, endsAt: midnight + DAY }])
  await settleDue(api.context)
  await api.post(
    JSON.stringify([
      {
        event_id: 'more',
        customer_id: '+8801700000003',
        event_type: 'play',
        timestamp: iso(midnight + 5),
        value: 999,
      },
    ]),
  )
  await api.process()
  const after = leaderboardSchema.parse((await api.get(path)).body)
  expect(after).toEqual({ ...before, settled: true })
  await api.context.leaderboards.clear()
  const around = await api.get(`${path}&around=01700000001&limit=1`)
  expect(around.body.entries).toMatchObject([{ customer: 'Rafi', asked: true, rank: 3, total: 60 }])
  expect((await api.get(`${path}&around=01700000003&limit=3`)).body.entries).toHaveLength(2)
})

test('a challenge on a leaderboard has winners in the periods that it covers', async () => {
  await api.process()
  const { body } = await api.get(`/v1/challenges/best?period=${PERIOD}`)
  expect(challengeSchema.parse(body)).toMatchObject({ period: PERIOD, settled: false, winners: [] })
  expect((await api.get('/v1/challenges/best')).body).toMatchObject({ settled: false, winners: [] })
})

test.each([
  ['best-of-all', 404, /no challenge is named best-of-all; there are first-two, best/],
  ['best?period=2026-11', 400, /period: expected a day such as 2026-11-23, got "2026-11"/],
  ['first-two?period=2026-11-02', 400, /period: first-two has none/],
  ['best?limit=101', 400, /limit: expected a whole number from 1 to 100/],
])('%s is refused with what to change', async (path, status, detail) => {
  const answer = await api.get(`/v1/challenges/${path}`)
  expect(answer.status).toBe(status)
  expect(answer.body.detail).toMatch(detail)
})
