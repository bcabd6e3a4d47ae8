import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { weekName } from '#domain/calendar.ts'
import { customer as customerSchema, timeline as timelineSchema } from '../../../apps/api/schema.ts'
import { difference } from '../../reference/difference.ts'
import type { Delivery } from '../../reference/event.ts'
import { reference } from '../../reference/reference.ts'
import { type Fixture, startFixture, tokenOf } from './fixture.ts'

const NUMBER = '+8801700000042'
const DAY = 86_400_000
const DHAKA = 6 * 3_600_000

let api: Fixture

beforeAll(async () => {
  api = await startFixture()
})

afterAll(() => api.stop())

const send = async (source: string, events: readonly object[]) => {
  const answer = await api.post(JSON.stringify(events), { authorization: `Bearer ${tokenOf(source)}` })
  expect(answer.body).toMatchObject({ accepted: events.length })
  return answer.body.verdicts.map(({ event }: { event: string }) => event) as string[]
}

/** An instant so many days ago, at an hour of Dhaka's clock. */
const at = (daysAgo: number, hour: number) =>
  new Date(
    Math.floor((Date.now() + DHAKA) / DAY) * DAY - DHAKA - daysAgo * DAY + hour * 3_600_000,
  ).toISOString()

let ids: string[]

describe('a customer', () => {
  beforeAll(async () => {
    const event = (event_id: string, event_type: string, timestamp: string, more: object = {}) => ({
      event_id,
      customer_id: '01700000042',
      event_type,
      timestamp,
      ...more,
    })
    ids = await send('app', [
      event('r1', 'recharge', at(10, 9), { value: 55.5 }),
      event('l1', 'login', at(3, 9)),
      event('l2', 'login', at(2, 9)),
      event('l3', 'login', at(1, 9)),
      event('d1', 'data_usage', at(0, 0), { value: '5120.5' }),
      event('k1', 'kyc_update', at(2, 10)),
    ])
    await api.process()
  })

  test('has all that the rules give', async () => {
    const { status, body, headers } = await api.get(`/v1/customers/${NUMBER}`)
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    const week = weekName(Math.floor((Date.now() + DHAKA) / DAY))
    expect(customerSchema.parse(body)).toEqual({
      subjects: [{ kind: 'msisdn', value: NUMBER }],
      asOf: expect.any(String),
      scores: {
        recency: { value: 3, band: 'cooling' },
        frequency: { value: 1, band: 'rare' },
        monetary: { value: 1, band: 'minimal' },
        engagement: { value: 5, band: 'occasional' },
      },
      attributes: {},
      segments: [],
      eligible: true,
      wallets: { points: { balance: 155, earned: 155, spent: 0, expired: 0, adjusted: 0, pending: 0 } },
      badges: [
        { rule: 'first-recharge', level: 1, awardedAt: at(10, 9), eventId: ids[0], next: null },
        {
          rule: 'login-streak',
          level: 1,
          awardedAt: at(1, 9),
          eventId: ids[3],
          next: { level: 2, current: 3, target: 7 },
        },
      ],
      missions: [
        {
          rule: 'weekly-data',
          period: week,
          endsAt: expect.any(String),
          progress: 5120.5,
          target: 5120,
          completedAt: at(0, 0),
          completions: 1,
          objectives: [{ progress: 5120.5, target: 5120 }],
        },
        {
          rule: 'kyc',
          period: null,
          endsAt: null,
          progress: 1,
          target: 1,
          completedAt: at(2, 10),
          completions: 1,
          objectives: [{ progress: 1, target: 1 }],
        },
      ],
      tiers: {},
      ranks: {
        'points-week': { period: week, rank: 1, total: expect.any(Number) },
        'points-all': { period: 'all', rank: 1, total: 155 },
      },
    })
  })

  test.each(['01700000042', '8801700000042', '%2B8801700000042', 'tel:+8801700000042', '+880%201700-000042'])(
    'is found as %s',
    async (id) => {
      expect((await api.get(`/v1/customers/${id}`)).body.subjects).toEqual([
        { kind: 'msisdn', value: NUMBER },
      ])
    },
  )

  test('is found by a UUID in any case, and by an id of another kind', async () => {
    const uuid = 'ABCDEFAB-1111-4222-8333-444455556666'
    await send('crm', [
      { event_id: 'u', customer_id: uuid, event_type: 'x', timestamp: at(1, 1) },
      { event_id: 'o', customer_id: 'A/b c', event_type: 'x', timestamp: at(1, 1) },
    ])
    expect((await api.get(`/v1/customers/${uuid}`)).body.subjects).toEqual([
      { kind: 'uuid', value: uuid.toLowerCase() },
    ])
    expect((await api.get(`/v1/customers/${encodeURIComponent('A/b c')}`)).body.subjects).toEqual([
      { kind: 'other', value: 'A/b c' },
    ])
  })

  test('before anything was gamified, has what is empty', async () => {
    await send('crm', [{ event_id: 'e', customer_id: 'new', event_type: 'recharge', timestamp: at(1, 1) }])
    expect((await api.get('/v1/customers/new')).body).toMatchObject({
      wallets: { points: { balance: 0, pending: 0 } },
      badges: [],
      missions: [{ progress: 0, completedAt: null }, {}],
      ranks: { 'points-all': null },
    })
  })

  test('nobody knows is not found, and is told how the id was read', async () => {
    const { status, body } = await api.get('/v1/customers/01799999999')
    expect(status).toBe(404)
    expect(body.detail).toContain('the phone number +8801799999999')
  })

  test('as of a time is what the events until then give', async () => {
    const asOf = at(2, 9)
    const { body } = await api.get(`/v1/customers/${NUMBER}?asOf=${asOf}`)
    expect(customerSchema.parse(body)).toMatchObject({
      asOf,
      scores: { recency: { value: 3 }, engagement: { value: 3 } },
      wallets: { points: { balance: 5 } },
      badges: [{ rule: 'first-recharge' }],
      missions: [{ progress: 0 }, { rule: 'kyc', progress: 0, completedAt: null }],
      ranks: {},
    })
    const later = await api.get(`/v1/customers/${NUMBER}?asOf=${at(1, 9)}`)
    expect(later.body.badges[1]).toMatchObject({ rule: 'login-streak', next: { current: 3, target: 7 } })
  })

  test('as of a time without a zone is of the program’s day', async () => {
    const local = at(2, 9 + 6).slice(0, 19)
    const { body } = await api.get(`/v1/customers/${NUMBER}?asOf=${local}`)
    expect(body.asOf).toBe(at(2, 9))
  })

  test('as of a time with an offset whose + was not encoded', async () => {
    const { body } = await api.get(`/v1/customers/${NUMBER}?asOf=2026-11-23T09:00:00+06:00`)
    expect(body.asOf).toBe('2026-11-23T03:00:00.000Z')
  })

  test.each([
    ['?asOf=yesterday', /asOf: expected a time in ISO 8601/],
    ['?asOf=', /asOf: expected one value/],
    ['?asOf=2026-11-23T09:00:00Z&asOf=2026-11-23T09:00:00Z', /asOf: expected one value/],
    ['?asof=2026-11-23T09:00:00Z', /asof: no such parameter; there are asOf/],
    ['/timeline?limit=0', /limit: expected a whole number from 1 to 100/],
    ['/timeline?limit=ten', /limit/],
    ['/timeline?before=x', /before: expected a time/],
  ])('%s is refused with what to change', async (query, detail) => {
    const { status, body } = await api.get(`/v1/customers/${NUMBER}${query}`)
    expect(status).toBe(400)
    expect(body.detail).toMatch(detail)
  })
})

describe('a timeline', () => {
  test('has the latest event first, and what each earned', async () => {
    const { body } = await api.get(`/v1/customers/${NUMBER}/timeline`)
    expect(timelineSchema.parse(body)).toMatchObject({ next: null })
    expect(body.events.map(({ id }: { id: string }) => id)).toEqual([4, 3, 5, 2, 1, 0].map((i) => ids[i]))
    expect(body.events[5]).toMatchObject({
      type: 'recharge',
      source: 'app',
      value: 55.5,
      at: at(10, 9),
      identity: 'event_id',
      awards: [
        { rule: 'first-recharge', kind: 'badge', level: 1, amount: 0, postings: [] },
        {
          rule: 'recharge-points',
          kind: 'points',
          amount: 5,
          live: true,
          revision: 1,
          receipt: { value: 55.5, full: 5, cap: 100, before: 0 },
          postings: [{ wallet: 'points', amount: 5, revision: 1 }],
        },
      ],
    })
    expect(body.events[1].awards).toMatchObject([
      { rule: 'login-streak', level: 1, receipt: { days: 3, lastDay: at(1, 9).slice(0, 10) } },
    ])
  })

  test('comes in pages', async () => {
    const found: string[] = []
    let query = '?limit=2'
    for (let pages = 1; ; pages++) {
      const { body } = await api.get(`/v1/customers/${NUMBER}/timeline${query}`)
      found.push(...body.events.map(({ id }: { id: string }) => id))
      if (body.next === null) {
        expect(pages).toBe(3)
        break
      }
      query = `?limit=2&before=${body.next}`
    }
    expect(found).toEqual([4, 3, 5, 2, 1, 0].map((i) => ids[i]))
  })

  test('pages do not lose events of one instant', async () => {
    await send(
      'app',
      [0, 1, 2, 3, 4].map((i) => ({
        event_id: `same-${i}`,
        customer_id: 'same',
        event_type: 'x',
        timestamp: at(1, 1),
      })),
    )
    const first = await api.get('/v1/customers/same/timeline?limit=3')
    const second = await api.get(`/v1/customers/same/timeline?limit=3&before=${first.body.next}`)
    const all = [...first.body.events, ...second.body.events].map(({ id }: { id: string }) => id)
    expect(new Set(all).size).toBe(5)
    expect(all).toEqual(all.toSorted().reverse())
  })

  test('shows what a late event corrected', async () => {
    const recharge = (event_id: string, hour: number, value: number) => ({
      event_id,
      customer_id: 'late',
      event_type: 'recharge',
      timestamp: at(1, hour),
      value,
    })
    await send('app', [recharge('noon', 12, 700)])
    await api.process()
    await send('app', [recharge('morning', 8, 600)])
    await api.process()
    const { body } = await api.get('/v1/customers/late/timeline')
    // The badge has moved to the earlier recharge, which also comes first in filling the day's cap.
    expect(body.events[0].awards).toMatchObject([
      {
        rule: 'recharge-points',
        amount: 40,
        revision: 2,
        postings: [
          { amount: 70, revision: 1 },
          { amount: -30, revision: 2 },
        ],
      },
    ])
    expect(body.events[1].awards).toMatchObject([
      { rule: 'first-recharge', revision: 2, live: true },
      { rule: 'recharge-points', amount: 60, postings: [{ amount: 60 }] },
    ])
    expect((await api.get('/v1/customers/late')).body.wallets.points.balance).toBe(100)
  })
})

test('what an event that lies ahead brings about is not there yet', async () => {
  const now = Date.now()
  const usage = (id: string, instant: number, value: number) => ({
    event_id: `ahead-${id}`,
    customer_id: 'ahead',
    event_type: 'data_usage',
    timestamp: new Date(instant).toISOString(),
    value,
  })
  await send('app', [usage('now', now - 1_000, 100), usage('later', now + 20 * 3_600_000, 9_000)])
  await api.process()
  const { missions, wallets } = (await api.get('/v1/customers/ahead')).body
  expect(missions[0]).toMatchObject({ progress: 100, completedAt: null })
  expect(wallets.points).toMatchObject({ balance: 0, earned: 0 })
  const later = new Date(now + 21 * 3_600_000).toISOString()
  const then = (await api.get(`/v1/customers/ahead?asOf=${encodeURIComponent(later)}`)).body
  expect(then.wallets.points).toMatchObject({ earned: 50 })
})

test('with READ_TOKEN set, reading asks for it', async () => {
  const token = 'a-token-for-reading'
  const closed = await startFixture({ environment: { READ_TOKEN: token } })
  try {
    for (const path of ['/v1/customers/1', '/v1/events/1', '/v1/leaderboards/points-all', '/v1/pipeline']) {
      expect((await closed.get(path)).status).toBe(401)
      expect((await closed.get(path, { authorization: 'Bearer a-token-for-writing' })).status).toBe(401)
      const basic = Buffer.from(`anyone:${token}`).toString('base64')
      for (const authorization of [`Bearer ${token}`, `Basic ${basic}`]) {
        expect((await closed.get(path, { authorization })).status).not.toBe(401)
      }
    }
    expect((await closed.get('/healthz')).status).toBe(200)
    expect((await closed.get('/v1/customers/1')).body.detail).toContain('READ_TOKEN')
  } finally {
    await closed.stop()
  }
})

test('customers are what the reference says, whatever order their events came in', async () => {
  const fresh = await startFixture()
  try {
    const deliveries = randomDeliveries(1_200, 25)
    for (let i = 0; i < deliveries.length; i += 100) {
      const part = deliveries.slice(i, i + 100)
      await Promise.all(
        ['app-events', 'billing-events', 'crm-events'].map((topic) =>
          fresh.post(
            `[${part
              .filter((each) => each.topic === topic)
              .map(({ value }) => value)
              .join()}]`,
            {
              authorization: `Bearer ${tokenOf(topic.replace('-events', ''))}`,
            },
          ),
        ),
      )
      if (i % 300 === 0) await fresh.process()
    }
    await fresh.process()
    const now = Date.now()
    const expected = reference(deliveries, { now, hostZone: 'UTC' })
    const present = new Map<string, unknown>()
    for (const key of expected.customers.keys()) {
      const { body } = await fresh.get(`/v1/customers/${encodeURIComponent(key.slice(key.indexOf(':') + 1))}`)
      present.set(key, customerSchema.parse(body))
    }
    expect(difference(expected.customers, present)).toEqual([])
    const asOf = now - 20 * DAY
    const until = deliveries.filter(({ value }) => Date.parse(JSON.parse(value).timestamp) <= asOf)
    const past = reference(until, { now: asOf, hostZone: 'UTC' })
    for (const [key, { ranks: _, ...customer }] of past.customers) {
      const id = encodeURIComponent(key.slice(key.indexOf(':') + 1))
      const { body } = await fresh.get(`/v1/customers/${id}?asOf=${new Date(asOf).toISOString()}`)
      const { asOf: __, ranks, ...found } = body
      expect(found).toEqual(customer)
      expect(ranks).toEqual({})
    }
    expect(past.customers.size).toBeGreaterThan(20)
  } finally {
    await fresh.stop()
  }
})

/** Events of the last 60 days with ids, shuffled; some come twice. */
function randomDeliveries(count: number, customers: number): Delivery[] {
  let seed = 42
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const now = Date.now()
  const types = [
    ['app-events', 'app_login'],
    ['billing-events', 'recharge'],
    ['crm-events', 'kyc_update'],
    ['app-events', 'data_usage'],
    ['billing-events', 'bill_payment'],
  ] as const
  return Array.from({ length: count }, (_, i) => {
    const [topic, event_type] = types[random(types.length)]!
    const timestamp = new Date(now - random(60 * 86_400) * 1_000).toISOString()
    const customer_id = `+88017000001${String(random(customers)).padStart(2, '0')}`
    const value = event_type === 'app_login' ? undefined : random(2_000_000) / 1_000
    const event_id = `e${i}`
    return {
      topic,
      partition: 0,
      offset: String(i),
      timestamp: now,
      value: JSON.stringify({ event_id, customer_id, event_type, timestamp, value }),
    }
  }).flatMap((delivery, i) => (i % 17 === 0 ? [delivery, delivery] : [delivery]))
}
