import { describe, expect, test } from 'vitest'
import { uuidOf } from '../../reference/event.ts'
import { type Customer, reference } from '../../reference/reference.ts'
import { deliver, events, type Line, options } from './delivery.ts'

const NOW = '2026-11-23 12:00'

/** A reversal on a day of its own: whatever it counted for would show. */
function reversal(reverses: unknown, more: object = {}): object {
  return {
    customer_id: '123',
    event_type: 'recharge',
    timestamp: '2026-11-20T09:00:00+06:00',
    value: 500,
    reverses,
    ...more,
  }
}

function customerOf(values: readonly unknown[], key = 'other:123'): Customer {
  return reference(deliver(values), options(NOW)).customers.get(key)!
}

const points = (values: readonly unknown[]) => customerOf(values).wallets.points.earned

/** The lines, then the reversals of some of them. */
function withoutLines(lines: readonly Line[], ...reversed: number[]): object[] {
  return [...events(lines), ...reversed.map((index) => reversal(`e${index}`))]
}

describe('what counts', () => {
  const [small, large] = events([
    ['recharge', '2026-11-23 09:00', 50],
    ['recharge', '2026-11-23 10:00', 200],
  ])
  test.each([
    ['nothing is reversed', [small, large], 25],
    ['one of two', [small, large, reversal('e0')], 20],
    ['the other', [small, large, reversal('e1')], 5],
    ['both', [small, large, reversal('e0'), reversal('e1')], 0],
    ['one twice', [small, large, reversal('e0'), reversal('e0')], 20],
    ['one that is delivered twice', [small, small, large, reversal('e0')], 20],
    ['null reverses nothing, and counts', [small, reversal(null, { event_id: 'r' })], 55],
    ['one that never comes', [small, reversal('e7')], 5],
    ['itself', [small, reversal('r', { event_id: 'r' })], 5],
    ['a reversal, which holds', [small, reversal('e0', { event_id: 'r' }), reversal('r')], 0],
    [
      'a reversal of a reversal, which holds',
      [small, reversal('e0', { event_id: 'r' }), reversal('r', { event_id: 's' }), reversal('s')],
      0,
    ],
    [
      'two reversals of each other',
      [small, reversal('s', { event_id: 'r' }), reversal('r', { event_id: 's' })],
      5,
    ],
    ['the same id of another source', [small, reversal('e0', { source: 'crm' })], 5],
    [
      'the same id of two sources',
      [small, { ...large, source: 'crm', event_id: 'e0' }, reversal('e0', { source: 'crm' })],
      5,
    ],
    ['an id in another spelling', [small, reversal('E0'), reversal(' e0')], 5],
    ['an id by its digits', [{ ...small, event_id: '7' }, large, reversal(7)], 20],
    [
      'an id as CloudEvents has it',
      [{ ...small, event_id: undefined, id: 'e0', specversion: '1.0' }, large, reversal('e0')],
      20,
    ],
    ['by an event of another type', [small, large, reversal('e0', { event_type: 'refund' })], 20],
    ['by an event that is earlier', [small, reversal('e0', { timestamp: '2020-01-01T00:00:00Z' })], 0],
    ['by an event that is later', [small, reversal('e0', { timestamp: '2026-12-24T00:00:00Z' })], 0],
    ['by an event with a value below zero', [small, reversal('e0', { value: -50 })], 0],
    ['by an event that is dropped', [small, reversal('e0', { timestamp: 'today' })], 5],
    ['by an event of another customer', [small, large, reversal('e0', { customer_id: '456' })], 20],
  ])('%s', (_, values, expected) => {
    expect(points(values)).toBe(expected)
    expect(points(values.toReversed())).toBe(expected)
  })

  test('two deliveries of one id that reverse different events are refused as undecidable', () => {
    const deliveries = deliver([reversal('e0', { event_id: 'r' }), reversal('e1', { event_id: 'r' })])
    expect(() => reference(deliveries, options(NOW))).toThrow(/two contents share one id/)
  })

  test('an event without an event_id cannot be named, not by its identity either', () => {
    const byContent = { ...small, event_id: undefined, timestamp: '2026-11-23T03:00:00.5Z' }
    const identity = customerOf([byContent]).badges[0]?.eventId
    expect(points([byContent, reversal(identity)])).toBe(5)
  })
})

test('a customer of whom nothing counts is there, with everything empty', () => {
  const empty = {
    subjects: [{ kind: 'other', value: '123' }],
    scores: {
      recency: { value: 0, band: 'never' },
      frequency: { value: 0, band: 'none' },
      monetary: { value: 0, band: 'none' },
      engagement: { value: 0, band: 'dormant' },
    },
    wallets: { points: { balance: 0, earned: 0, spent: 0, expired: 0, adjusted: 0, pending: 0 } },
    badges: [],
    missions: [
      {
        rule: 'weekly-data',
        period: '2026-W48',
        endsAt: '2026-11-29T18:00:00.000Z',
        progress: 0,
        target: 5120,
        completedAt: null,
        completions: 0,
        objectives: [{ progress: 0, target: 5120 }],
      },
      {
        rule: 'kyc',
        period: null,
        endsAt: null,
        progress: 0,
        target: 1,
        completedAt: null,
        completions: 0,
        objectives: [{ progress: 0, target: 1 }],
      },
    ],
    tiers: {},
    attributes: {},
    segments: [],
    eligible: true,
    ranks: { 'points-week': null, 'points-all': null },
  }
  expect(customerOf([reversal('e7')])).toEqual(empty)
  expect(customerOf(withoutLines([['recharge', NOW, 500]], 0))).toEqual(empty)
})

test('a customer whose only event another one reverses is there, and so is the other one', () => {
  const values = [...events([['recharge', NOW, 500]]), reversal('e0', { customer_id: '456' })]
  const { customers, standings } = reference(deliver(values), options(NOW))
  expect([...customers.keys()]).toEqual(['other:123', 'other:456'])
  expect(customers.get('other:123')?.scores.engagement?.value).toBe(0)
  expect(standings('points-all', 'all')).toEqual([])
})

test('scores forget it', () => {
  const lines: Line[] = [
    ['recharge', '2026-11-23 09:00', 2000],
    ['recharge', '2026-11-10 09:00', 300],
    ['app_login', '2026-11-22 09:00'],
  ]
  expect(customerOf(withoutLines(lines, 0)).scores).toEqual({
    recency: { value: 3, band: 'cooling' },
    frequency: { value: 1, band: 'rare' },
    monetary: { value: 2, band: 'low' },
    engagement: { value: 2, band: 'occasional' },
  })
})

test('the cap is freed for what came after', () => {
  const lines: Line[] = [
    ['recharge', '2026-11-23 08:00', 950],
    ['recharge', '2026-11-23 09:00', 90],
    ['recharge', '2026-11-23 10:00', 400],
  ]
  expect(points(withoutLines(lines))).toBe(100)
  expect(points(withoutLines(lines, 0))).toBe(49)
  expect(points(withoutLines(lines, 0, 2))).toBe(9)
})

test('the first recharge is the next one', () => {
  const lines: Line[] = [
    ['recharge', '2026-11-21 09:00', 50],
    ['recharge', '2026-11-22 09:00', 50],
  ]
  const eventId = uuidOf({ source: 'kafka', kind: 'event_id', id: 'e1' })
  expect(customerOf(withoutLines(lines, 0)).badges).toMatchObject([{ rule: 'first-recharge', eventId }])
})

describe('a streak', () => {
  const logins = [-4, -3, -2, -1, 0].map((offset): Line => ['app_login', `2026-11-${23 + offset} 09:00`])
  const shown = (values: readonly unknown[]) =>
    customerOf(values).badges.map(({ level, awardedAt, next }) => [
      level,
      awardedAt.slice(0, 10),
      next?.current,
    ])

  test.each([
    ['is whole', [], [[1, '2026-11-21', 5]]],
    ['loses its first day', [0], [[1, '2026-11-22', 4]]],
    ['loses its last day', [4], [[1, '2026-11-21', 4]]],
    ['breaks in the middle', [2], []],
    ['breaks after the badge', [3], [[1, '2026-11-21', 1]]],
  ])('%s', (_, reversed, badges) => {
    expect(shown(withoutLines(logins, ...reversed))).toEqual(badges)
  })

  test('keeps a day that has another login, by that one', () => {
    const lines: Line[] = [...logins.slice(2), ['app_login', '2026-11-23 10:00']]
    expect(customerOf(withoutLines(lines, 2)).badges[0]?.awardedAt).toBe('2026-11-23T04:00:00.000Z')
  })

  test('is not mended by a reversal on the day that lacks', () => {
    const values = [...events([logins[0]!, logins[2]!]), reversal('e7', { event_type: 'app_login' })]
    expect(shown(values)).toEqual([])
  })
})

describe('a mission', () => {
  const usage: Line[] = [
    ['data_usage', '2026-11-23 08:00', 3000],
    ['data_usage', '2026-11-23 09:00', 2500],
    ['data_usage', '2026-11-23 10:00', 2200],
  ]
  test.each([
    [[], 7700, '2026-11-23T03:00:00.000Z', 50],
    [[0], 4700, null, 0],
    [[1], 5200, '2026-11-23T04:00:00.000Z', 50],
    [[2], 5500, '2026-11-23T03:00:00.000Z', 50],
  ])('without usage %j', (reversed, progress, completedAt, earned) => {
    const customer = customerOf(withoutLines(usage, ...reversed))
    expect(customer.missions[0]).toMatchObject({ progress, completedAt })
    expect(customer.wallets.points.earned).toBe(earned)
  })

  test('kyc is open again', () => {
    const customer = customerOf(withoutLines([['kyc_update', NOW]], 0))
    expect(customer.missions[1]).toMatchObject({ progress: 0, completedAt: null })
    expect(customer.wallets.points.earned).toBe(0)
  })
})

test('a rank goes to who is next', () => {
  const values = [
    ...withoutLines([['recharge', '2026-11-23 08:00', 900]], 0),
    { ...events([['recharge', NOW, 100]])[0], customer_id: '456', event_id: 'f0' },
  ]
  const { customers, standings } = reference(deliver(values), options(NOW))
  expect(standings('points-week', '2026-W48').map(({ customer }) => customer)).toEqual(['other:456'])
  expect(customers.get('other:456')?.ranks['points-all']).toEqual({ period: 'all', rank: 1, total: 10 })
})
