import { expect, test } from 'vitest'
import { difference } from '../../reference/difference.ts'
import { reference } from '../../reference/reference.ts'
import { deliver, events, options } from './delivery.ts'

const { customers } = reference(
  deliver(
    events([
      ['recharge', '2026-11-23 09:00', 100],
      ['kyc_update', '2026-11-23 09:00'],
    ]),
  ),
  options('2026-11-23 12:00'),
)

function answer(change: (customer: Record<string, unknown>) => void): Map<string, unknown> {
  const customer = JSON.parse(JSON.stringify(customers.get('other:123')))
  change(customer)
  return new Map([['other:123', customer]])
}

test('nothing, where the answer is the same and says more at its top', () => {
  const same = answer((customer) => {
    customer.asOf = '2026-11-23T06:00:00Z'
  })
  expect(difference(customers, same)).toEqual([])
})

test.each([
  [
    'another number',
    (customer: Record<string, unknown>) =>
      Object.assign(customer.wallets as object, { points: { earned: 1 } }),
    'other:123 wallets points balance: expected 110, got nothing',
  ],
  [
    'another number deep down',
    (customer: Record<string, unknown>) => {
      customer.ranks = { 'points-all': { period: 'all', rank: 2, total: 110 }, 'points-week': null }
    },
    'other:123 ranks points-all rank: expected 1, got 2',
  ],
  [
    'a field too few',
    (customer: Record<string, unknown>) => delete customer.tiers,
    'other:123 tiers: expected {}, got nothing',
  ],
  [
    'an entry too few',
    (customer: Record<string, unknown>) => (customer.missions as unknown[]).pop(),
    'other:123 missions 1: expected {"rule":"kyc","period":null,"endsAt":null,"progress":1,"target":1,"completedAt":"2026-11-23T03:00:00.000Z","completions":1,"objectives":[{"progress":1,"target":1}]}, got nothing',
  ],
  [
    'an entry too many',
    (customer: Record<string, unknown>) => (customer.badges as unknown[]).push('x'),
    'other:123 badges 1: expected nothing, got "x"',
  ],
])('%s', (_, change, line) => {
  expect(difference(customers, answer(change))).toContain(line)
})

test('a customer too few or too many', () => {
  expect(difference(customers, new Map())).toEqual(['other:123: expected this customer, got none'])
  expect(difference(new Map(), customers)).toEqual(['other:123: got this customer, expected none'])
})

test('shows the first twenty', () => {
  const many = new Map(Array.from({ length: 25 }, (_, index) => [`other:${index}`, {}]))
  const lines = difference(new Map(), many)
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('… and 5 more')
})
