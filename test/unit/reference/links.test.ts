import { describe, expect, test } from 'vitest'
import { type Delivery, uuidOf } from '../../reference/event.ts'
import { reference } from '../../reference/reference.ts'
import { deliver, events, type Line, options } from './delivery.ts'

const NOW = '2026-11-23 12:00'
const PHONE = '01700000042'
const UUID = '6f9619ff-8b86-d011-b42d-00cf4fc964ff'

/** A login of the first customer, which names the others. */
function link(customer_id: string, ...customer_ids: string[]): object {
  return { customer_id, customer_ids, event_type: 'app_login', timestamp: '2026-11-01T09:00:00+06:00' }
}

type CustomerLine = readonly [customer: string, ...line: Line]

/** Lines of several customers, with the ids a-0, b-1, … */
function linesOf(...lines: readonly CustomerLine[]): object[] {
  return lines.map(([customer_id, ...line], index) => ({
    ...events([line])[0],
    event_id: `${customer_id}-${index}`,
    customer_id,
  }))
}

/** Every subject's key with those of its customer, sorted by the former. */
function groups(deliveries: readonly Delivery[]): Record<string, string[]> {
  const { customers } = reference(deliveries, options(NOW))
  const all = [...customers].map(([key, { subjects }]): [string, string[]] => [
    key,
    subjects.map(({ kind, value }) => `${kind}:${value}`),
  ])
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What `groups` comes to where these are the customers. */
function each(...customers: readonly (readonly string[])[]): Record<string, readonly string[]> {
  return Object.fromEntries(customers.flatMap((subjects) => subjects.map((key) => [key, subjects])))
}

describe('customers', () => {
  const reversed = { ...link('a', 'b'), event_id: 'e' }
  test.each([
    ['nothing links', [link('a'), link('b')], each(['other:a'], ['other:b'])],
    ['a customer to itself', [link('a', 'a', ' a ')], each(['other:a'])],
    ['one that is named nowhere else', [link('a', 'b')], each(['other:a', 'other:b'])],
    ['the smallest comes first', [link('b', 'a')], each(['other:a', 'other:b'])],
    ['two that are known', [link('a'), link('b'), link('b', 'a')], each(['other:a', 'other:b'])],
    ['a third that names both', [link('c', 'a', 'b')], each(['other:a', 'other:b', 'other:c'])],
    ['without the one that names', [link('c'), link('b', 'a')], each(['other:a', 'other:b'], ['other:c'])],
    ['a chain', [link('a', 'b'), link('b', 'c')], each(['other:a', 'other:b', 'other:c'])],
    [
      'two pairs that a later event joins',
      [link('a', 'c'), link('b', 'd'), link('e'), link('d', 'c')],
      each(['other:a', 'other:b', 'other:c', 'other:d'], ['other:e']),
    ],
    [
      'a chain that closes in its middle',
      [link('a', 'b'), link('c', 'd'), link('e', 'f'), link('f', 'c'), link('d', 'a')],
      each(['other:a', 'other:b', 'other:c', 'other:d', 'other:e', 'other:f']),
    ],
    [
      'every kind, by kind and then by value',
      [link(UUID.toUpperCase(), '123', PHONE), link('+442079460018', UUID)],
      each(['msisdn:+442079460018', 'msisdn:+8801700000042', 'other:123', `uuid:${UUID}`]),
    ],
    [
      'by code units',
      [link('é', '～', 'z', 'a', '😀', 'Z', '10', '9')],
      each(['10', '9', 'Z', 'a', 'z', 'é', '😀', '～'].map((value) => `other:${value}`)),
    ],
    ['spellings of one', [link(PHONE, '+880 1700-000042')], each(['msisdn:+8801700000042'])],
    [
      'an event that is dropped links nothing',
      [link('a'), { ...link('b', 'a'), timestamp: 'x' }],
      each(['other:a']),
    ],
    [
      'an event that is reversed links',
      [reversed, { ...link('a'), reverses: 'e' }],
      each(['other:a', 'other:b']),
    ],
    ['a reversal links', [{ ...link('a', 'b'), reverses: 'x' }], each(['other:a', 'other:b'])],
    [
      'a reversal of another customer links them not',
      [
        { ...link('a'), event_id: 'e' },
        { ...link('b'), reverses: 'e' },
      ],
      each(['other:a'], ['other:b']),
    ],
  ])('%s', (_, values, expected) => {
    expect(groups(deliver(values))).toEqual(expected)
    expect(groups(deliver(values.toReversed()))).toEqual(expected)
  })

  test('the first of two deliveries of one event links', () => {
    const values = ['b', 'c'].map((other) => ({ ...link('a', other), event_id: 'e' }))
    expect(groups(deliver(values))).toEqual(each(['other:a', 'other:b']))
  })

  test('a delivery that is refused links nothing', () => {
    const value = { ...link('a', 'b'), event_id: 'e' }
    const twice = [...deliver([{ ...value, customer_ids: ['c'] }], { timestamp: 0 }), ...deliver([value])]
    expect(groups(twice)).toEqual(each(['other:a', 'other:b']))
  })
})

describe('a merged history', () => {
  /** What the customer that both names stand for comes to, whichever of them is asked for. */
  function merged(...lines: readonly CustomerLine[]) {
    const values = [...linesOf(...lines), link('b', 'a')]
    const { customers } = reference(deliver(values), options(NOW))
    const backward = reference(deliver(values.toReversed()), options(NOW))
    const customer = customers.get('other:a')!
    for (const same of [customers.get('other:b'), backward.customers.get('other:a')]) {
      expect(same).toEqual(customer)
    }
    return customer
  }

  test('shares a cap, filled in order', () => {
    const customer = merged(
      ['a', 'recharge', '2026-11-23 08:00', 700],
      ['b', 'recharge', '2026-11-23 09:00', 700],
      ['a', 'recharge', '2026-11-22 09:00', 50],
    )
    expect(customer.wallets.points.earned).toBe(105)
  })

  test('makes one streak', () => {
    const customer = merged(
      ['a', 'app_login', '2026-11-21 09:00'],
      ['b', 'app_login', '2026-11-22 09:00'],
      ['a', 'app_login', '2026-11-23 09:00'],
    )
    expect(customer.badges).toMatchObject([
      {
        rule: 'login-streak',
        level: 1,
        awardedAt: '2026-11-23T03:00:00.000Z',
        next: { level: 2, current: 3, target: 7 },
      },
    ])
  })

  test('completes one mission, once', () => {
    const customer = merged(
      ['a', 'data_usage', '2026-11-23 08:00', 3000],
      ['b', 'data_usage', '2026-11-23 09:00', 3000],
      ['a', 'kyc_update', '2026-11-23 10:00'],
      ['b', 'kyc_update', '2026-11-22 10:00'],
    )
    expect(customer.missions).toMatchObject([
      { rule: 'weekly-data', progress: 6000, completedAt: '2026-11-23T03:00:00.000Z' },
      { rule: 'kyc', progress: 2, completedAt: '2026-11-22T04:00:00.000Z' },
    ])
    expect(customer.wallets.points.earned).toBe(150)
  })

  test('has one first recharge, and one score of all', () => {
    const customer = merged(
      ['a', 'recharge', '2026-11-23 09:00', 300],
      ['b', 'recharge', '2026-11-10 09:00', 200],
    )
    const eventId = uuidOf({ source: 'kafka', kind: 'event_id', id: 'b-1' })
    expect(customer.badges).toMatchObject([{ rule: 'first-recharge', eventId }])
    expect(customer.scores).toEqual({
      recency: { value: 5, band: 'active' },
      frequency: { value: 2, band: 'occasional' },
      monetary: { value: 3, band: 'medium' },
      // The link is an event of its day as well.
      engagement: { value: 3, band: 'occasional' },
    })
  })

  test('loses what is reversed under either name', () => {
    const values = [
      ...linesOf(['a', 'recharge', '2026-11-23 08:00', 900], ['b', 'recharge', '2026-11-23 09:00', 500]),
      { ...link('b', 'a'), reverses: 'a-0' },
    ]
    const { customers } = reference(deliver(values), options(NOW))
    expect(customers.get('other:a')?.wallets.points.earned).toBe(50)
  })
})

test('a subject that only customer_ids names is shown as the customer', () => {
  const values = [{ ...linesOf(['b', 'recharge', NOW, 100])[0], customer_ids: ['a'] }]
  const { customers, standings } = reference(deliver(values), options(NOW))
  expect(customers.get('other:a')).toEqual(customers.get('other:b'))
  expect(customers.get('other:a')?.ranks['points-all']).toEqual({ period: 'all', rank: 1, total: 10 })
  // The root has no event of its own, and stands for the customer all the same.
  expect(standings('points-all', 'all').map(({ customer }) => customer)).toEqual(['other:a'])
})

test('a customer stands once on a board, under the root, with the sum of all', () => {
  const values = [
    ...linesOf(
      ['a', 'recharge', '2026-11-23 08:00', 300],
      ['b', 'recharge', '2026-11-23 09:00', 300],
      ['c', 'recharge', '2026-11-23 08:30', 500],
      ['d', 'recharge', '2026-11-23 10:00', 600],
    ),
    link('b', 'a'),
  ]
  const { customers, standings } = reference(deliver(values), options(NOW))
  const shown = standings('points-week', '2026-W48')
  expect(shown.map(({ rank, customer, total }) => [rank, customer, total])).toEqual([
    [1, 'other:a', 60],
    [1, 'other:d', 60],
    [3, 'other:c', 50],
  ])
  expect(shown[0]?.eventId).toBe(uuidOf({ source: 'kafka', kind: 'event_id', id: 'b-1' }))
  for (const key of ['other:a', 'other:b']) expect(customers.get(key)?.ranks['points-week']?.rank).toBe(1)
})
