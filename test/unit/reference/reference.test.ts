import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Identification, uuidOf } from '../../reference/event.ts'
import { reference } from '../../reference/reference.ts'
import { deliver, events, options } from './delivery.ts'

const NOW = '2026-11-23 12:00'

function recharge(customer_id: string, time: string, value: number, more: object = {}): object {
  const timestamp = `${time.replace(' ', 'T')}+06:00`
  return { customer_id, event_type: 'recharge', timestamp, value, ...more }
}

function points(result: ReturnType<typeof reference>, key: string): number | undefined {
  return result.customers.get(key)?.wallets.points.earned
}

test('imports nothing of Laurel', () => {
  const folder = new URL('../../reference/', import.meta.url)
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), 'utf8')
    for (const [, from] of text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      expect(from, file).toMatch(/^(node:|\.\/|libphonenumber-js)/)
    }
  }
})

test('shows a customer as the API does', () => {
  const lines = events([
    ['recharge', '2026-11-23 09:00', 200],
    ['data_usage', '2026-11-23 10:00', 3100],
    ['kyc_update', '2026-11-16 10:00'],
  ])
  const result = reference(deliver(lines), options(NOW))
  expect([...result.customers]).toEqual([
    [
      'other:123',
      {
        subjects: [{ kind: 'other', value: '123' }],
        scores: {
          recency: { value: 5, band: 'active' },
          frequency: { value: 1, band: 'rare' },
          monetary: { value: 2, band: 'low' },
          engagement: { value: 2, band: 'occasional' },
        },
        wallets: { points: { balance: 120, earned: 120, spent: 0, expired: 0, adjusted: 0, pending: 0 } },
        badges: [
          {
            rule: 'first-recharge',
            level: 1,
            awardedAt: '2026-11-23T03:00:00.000Z',
            eventId: uuidOf({ source: 'kafka', kind: 'event_id', id: 'e0' }),
            next: null,
          },
        ],
        missions: [
          {
            rule: 'weekly-data',
            period: '2026-W48',
            endsAt: '2026-11-29T18:00:00.000Z',
            progress: 3100,
            target: 5120,
            completedAt: null,
            completions: 0,
            objectives: [{ progress: 3100, target: 5120 }],
          },
          {
            rule: 'kyc',
            period: null,
            endsAt: null,
            progress: 1,
            target: 1,
            completedAt: '2026-11-16T04:00:00.000Z',
            completions: 1,
            objectives: [{ progress: 1, target: 1 }],
          },
        ],
        tiers: {},
        attributes: {},
        segments: [],
        eligible: true,
        ranks: {
          'points-week': { period: '2026-W48', rank: 1, total: 20 },
          'points-all': { period: 'all', rank: 1, total: 120 },
        },
      },
    ],
  ])
})

test('says how many events there are, and which messages hold none', () => {
  const once = recharge('123', '2026-11-23 09:00', 50, { event_id: 'a' })
  const reversal = recharge('123', '2026-11-23 09:00', 50, { event_id: 'b', reverses: 'a' })
  const deliveries = deliver([once, 'not JSON', once, reversal, recharge('', '2026-11-23 09:00', 50)])
  const { events, refused } = reference(deliveries, options(NOW))
  expect(events).toBe(2)
  expect(refused).toEqual([deliveries[1], deliveries[4]])
})

describe('what counts once', () => {
  const withId = recharge('123', '2026-11-23 09:00', 50, { event_id: 'a' })
  const withFraction = recharge('123', '2026-11-23 09:00:00.123456', 50)
  const wholeSeconds = recharge('123', '2026-11-23 09:00:00', 50)
  test.each([
    ['an id twice', deliver([withId, withId]), 5],
    [
      'an id of two sources',
      deliver([
        { ...withId, source: 'crm' },
        { ...withId, source: 'dwh' },
      ]),
      10,
    ],
    [
      'equal content with a fraction, on two topics of one source',
      [
        ...deliver([{ ...withFraction, source: 'in' }]),
        ...deliver([{ ...withFraction, source: 'in' }], { topic: 'cdr-events' }),
      ],
      5,
    ],
    ['equal content with whole seconds', deliver([wholeSeconds, wholeSeconds]), 10],
    ['an offset that is read again', [...deliver([wholeSeconds]), ...deliver([wholeSeconds])], 5],
    [
      'an offset of two partitions',
      [...deliver([wholeSeconds]), ...deliver([wholeSeconds], { partition: 1 })],
      10,
    ],
    [
      'an id that was refused, then in time',
      [
        ...deliver([withId], { timestamp: 0 }),
        ...deliver([withId], { timestamp: Date.parse('2026-11-23T03:00:00Z') }),
      ],
      5,
    ],
  ])('%s', (_, deliveries, expected) => {
    expect(points(reference(deliveries, options(NOW)), 'other:123')).toBe(expected)
  })

  test('one id with two contents is refused as undecidable', () => {
    const deliveries = deliver([withId, { ...withId, value: 60 }])
    expect(() => reference(deliveries, options(NOW))).toThrow(/two contents share one id/)
  })
})

test('spellings of one customer are one customer, and bad neighbours change nothing', () => {
  const deliveries = deliver([
    recharge('01700000042', '2026-11-23 09:00', 50),
    '{"customer_id": "01700000042", "event_type": "recharge", "value": NaN}',
    recharge('+880 1700-000042', '2026-11-23 09:00', 30),
    recharge('01700000042', '2026-11-23 09:00', -30),
  ])
  const result = reference(deliveries, options(NOW))
  expect([...result.customers.keys()]).toEqual(['msisdn:+8801700000042'])
  expect(points(result, 'msisdn:+8801700000042')).toBe(8)
})

test('the order of arrival does not matter', () => {
  const lines = events([
    ['recharge', '2026-11-23 09:00', 950],
    ['recharge', '2026-11-23 10:00', 90],
    ['app_login', '2026-11-21 10:00'],
    ['app_login', '2026-11-22 10:00'],
    ['app_login', '2026-11-23 10:00'],
    ['data_usage', '2026-11-23 10:00', 5000],
    ['data_usage', '2026-11-23 11:00', 500],
  ])
  const forward = reference(deliver(lines), options(NOW))
  const backward = reference(deliver(lines.toReversed()), options(NOW))
  expect(forward.customers.get('other:123')?.wallets.points.earned).toBe(150)
  expect([...backward.customers]).toEqual([...forward.customers])
  expect(backward.standings('points-all', 'all')).toEqual(forward.standings('points-all', 'all'))
})

test('a tie in time goes by identity, which may be given', () => {
  const deliveries = deliver(
    events([
      ['recharge', NOW, 5],
      ['recharge', NOW, 5],
    ]),
  )
  const first = (identify: (event: Identification) => string) =>
    reference(deliveries, { ...options(NOW), identify }).customers.get('other:123')?.badges[0]?.eventId
  expect(first(({ id }) => id)).toBe('e0')
  expect(first(({ id }) => (id === 'e1' ? 'a' : 'b'))).toBe('a')
})

describe('ranks', () => {
  const result = reference(
    deliver([
      recharge('late', '2026-11-23 11:00', 400),
      recharge('early', '2026-11-23 09:00', 300),
      recharge('early', '2026-11-23 10:00', 100),
      recharge('third', '2026-11-24 10:00', 200),
      recharge('veteran', '2026-11-22 23:59:59.999', 1000),
      recharge('veteran', '2026-11-30 00:00', 20),
      recharge('none', '2026-11-23 09:00', 5),
    ]),
    options(NOW),
  )
  const ranks = (key: string) => result.customers.get(`other:${key}`)?.ranks

  test('equal totals share a rank, and the next one is left out', () => {
    expect(ranks('early')?.['points-week']).toEqual({ period: '2026-W48', rank: 1, total: 40 })
    expect(ranks('late')?.['points-week']).toEqual({ period: '2026-W48', rank: 1, total: 40 })
    expect(ranks('third')?.['points-week']).toEqual({ period: '2026-W48', rank: 3, total: 20 })
  })

  test('the week is that of now; all is all', () => {
    expect(ranks('veteran')).toEqual({
      'points-week': null,
      'points-all': { period: 'all', rank: 1, total: 102 },
    })
    expect(ranks('third')?.['points-all']).toEqual({ period: 'all', rank: 4, total: 20 })
  })

  test('zero is unranked', () => {
    expect(ranks('none')).toEqual({ 'points-week': null, 'points-all': null })
  })

  test('standings of any period: best first, then who reached it earlier', () => {
    const shown = (period: string) =>
      result
        .standings('points-week', period)
        .map(({ rank, customer, total, achievedAt }) => [rank, customer, total, achievedAt])
    expect(shown('2026-W48')).toEqual([
      [1, 'other:early', 40, '2026-11-23T04:00:00.000Z'],
      [1, 'other:late', 40, '2026-11-23T05:00:00.000Z'],
      [3, 'other:third', 20, '2026-11-24T04:00:00.000Z'],
    ])
    expect(shown('2026-W47')).toEqual([[1, 'other:veteran', 100, '2026-11-22T17:59:59.999Z']])
    expect(shown('2026-W49')).toEqual([[1, 'other:veteran', 2, '2026-11-29T18:00:00.000Z']])
    expect(result.standings('points-all', 'all').map(({ customer, total }) => [customer, total])).toEqual([
      ['other:veteran', 102],
      ['other:early', 40],
      ['other:late', 40],
      ['other:third', 20],
    ])
  })

  test('of a new year that shares a week with the old one', () => {
    const deliveries = deliver([
      recharge('a', '2026-12-28 00:00', 100),
      recharge('a', '2027-01-03 23:59:59.999', 100),
      recharge('b', '2027-01-04 00:00', 500),
    ])
    const { customers } = reference(deliveries, options('2027-01-01 12:00'))
    expect(customers.get('other:a')?.ranks['points-week']).toEqual({
      period: '2026-W53',
      rank: 1,
      total: 20,
    })
    expect(customers.get('other:b')?.ranks['points-week']).toBeNull()
  })
})
