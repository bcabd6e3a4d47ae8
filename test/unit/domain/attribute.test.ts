import { describe, expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { profileAt } from '#domain/profile.ts'
import { NO_SCORES } from '#domain/score.ts'
import { event, instant, programWith } from './telco.ts'

const LISTS = `wallets: [points]
attributes:
  - { id: plan, on: [crm_update, kyc_update], when: '"plan" in event.metadata', type: string, value: event.metadata.plan, default: basic }
  - { id: staff, on: crm_update, when: has(event.metadata.staff), type: bool, value: event.metadata.staff }
  - { id: last-recharge, on: recharge, type: double, value: event.value, from: 2026-11-02T00:00, until: 2026-11-04T00:00 }
  - { id: limit, on: limit_set, type: double, value: event.metadata.limit, onError: skip }
points:
  - { id: gold, on: recharge, when: 'customer.attributes.plan == "gold" && !customer.attributes.staff', amount: '1.0', wallet: points }
  - { id: more, on: recharge, amount: customer.attributes.last_recharge, wallet: points }
  - { id: fragile, on: crm_update, amount: 1.0 / event.value, wallet: points }
`
const PROGRAM = programWith(LISTS)

const fold = (...events: readonly Event[]) => foldAll(NEW_GAME, events, PROGRAM)

/** What is known of the customer after events, as a profile has it. */
const known = (...events: readonly Event[]) => {
  const state = { subjects: [], scores: NO_SCORES, outcomes: [], game: fold(...events).state }
  return profileAt(state, instant('2026-12-31 00:00'), PROGRAM).attributes
}

const UNKNOWN = { plan: 'basic', staff: false, 'last-recharge': 0, limit: 0 }
const crm = (local: string, metadata: object, value = 1) => event('crm_update', local, value, metadata)
const limit = (told: unknown) => event('limit_set', '2026-11-02 09:00', 1, { limit: told })

describe('an attribute', () => {
  test.each<[string, Event[], object]>([
    ['is its default until an event tells, or what a type begins with', [], {}],
    ['is what an event tells', [crm('2026-11-02 09:00', { plan: 'gold' })], { plan: 'gold' }],
    [
      'is told by each type of its list',
      [event('kyc_update', '2026-11-02 09:00', 1, { plan: 'gold' })],
      { plan: 'gold' },
    ],
    ['is not told by other types', [event('fee', '2026-11-02 09:00', 1, { plan: 'gold' })], {}],
    [
      'is not told where its condition does not hold',
      [crm('2026-11-02 09:00', { plan: 'gold' }), crm('2026-11-03 09:00', { staff: true })],
      { plan: 'gold', staff: true },
    ],
    [
      'is what the latest event tells, in the order in which they happened',
      [crm('2026-11-03 09:00', { plan: 'gold' }), crm('2026-11-02 09:00', { plan: 'silver' })],
      { plan: 'gold' },
    ],
    ['is not told before its beginning', [event('recharge', '2026-11-01 23:59:59.999', 5)], {}],
    ['is told from its beginning', [event('recharge', '2026-11-02 00:00', 5)], { 'last-recharge': 5 }],
    [
      'is not told from its end on, and stays',
      [event('recharge', '2026-11-03 23:59:59.999', 5), event('recharge', '2026-11-04 00:00', 7)],
      { 'last-recharge': 5 },
    ],
    [
      'is told by an event that a rule fails on',
      [crm('2026-11-02 09:00', { plan: 'gold' }, 0)],
      { plan: 'gold' },
    ],
    [
      'is not told by an event that is barred',
      [{ ...crm('2026-11-02 09:00', { plan: 'x' }), isBarred: true }],
      {},
    ],
    ['can be empty', [crm('2026-11-02 09:00', { plan: '' })], { plan: '' }],
    [
      'is cut to 64 characters',
      [crm('2026-11-02 09:00', { plan: '𝒙'.repeat(65) })],
      { plan: '𝒙'.repeat(64) },
    ],
    ['of 64 stays whole', [crm('2026-11-02 09:00', { plan: 'x'.repeat(64) })], { plan: 'x'.repeat(64) }],
    ['is no negative zero, which text does not keep', [limit(-0)], { limit: 0 }],
  ])('%s', (_, events, expected) => {
    expect(known(...events)).toStrictEqual({ ...UNKNOWN, ...expected })
  })

  test('is a part of the state that is the same as text', () => {
    const { state } = fold(crm('2026-11-02 09:00', { plan: 'gold', staff: false }), limit(-0))
    expect(state.rules).toStrictEqual({ plan: 'gold', staff: false, limit: 0 })
    expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state)
  })

  test('is seen by the rules of the very event that tells it', () => {
    const { outcomes } = fold(
      crm('2026-11-02 08:00', { plan: 'gold' }),
      event('recharge', '2026-11-02 09:00', 5),
      crm('2026-11-02 10:00', { staff: true }),
      event('recharge', '2026-11-02 11:00', 7),
    )
    expect(outcomes.map(({ rule, amount }) => [rule, amount / 10_000])).toEqual([
      ['fragile', 1],
      ['gold', 1],
      ['more', 5],
      ['fragile', 1],
      ['more', 7],
    ])
  })
})

describe('what cannot be read', () => {
  test.each<[unknown, string]>([
    [5, 'expected a string as value, got double'],
    [null, 'expected a string as value, got null'],
    [true, 'expected a string as value, got bool'],
    [['x'], 'expected a string as value, got list'],
    [{ a: 1 }, 'expected a string as value, got map'],
  ])('%j: the event fails, and the rest of it is known', (plan, error) => {
    const { outcomes, state } = fold(crm('2026-11-02 09:00', { plan, staff: true }))
    expect(outcomes).toEqual([expect.objectContaining({ kind: 'failed', rule: 'plan', receipt: { error } })])
    expect(state.rules).toEqual({ staff: true })
  })

  test('is passed over where the attribute skips errors', () => {
    const { outcomes, state } = fold(limit(5), limit('much'), event('limit_set', '2026-11-03 09:00', 1))
    expect(outcomes).toEqual([])
    expect(state.rules).toEqual({ limit: 5 })
  })

  test('is no number', () => {
    const program = programWith(`wallets: [points]
attributes: [{ id: ratio, on: fee, type: double, value: 1.0 / event.value }]`)
    const { outcomes } = foldAll(NEW_GAME, [event('fee', '2026-11-02 09:00', 0)], program)
    expect(outcomes).toMatchObject([
      { rule: 'ratio', receipt: { error: 'expected a number as value, got Infinity' } },
    ])
  })
})

describe('is refused, with what to change', () => {
  const attribute = (settings: string) => `wallets: [points]\nattributes: [{ id: x, ${settings} }]`
  const WELL = 'on: fee, type: double, value: event.value'

  test.each<[string, string]>([
    [
      'on: fee, type: double, value: event.type',
      'expected a number such as floor(event.value / 10.0), and this is a text',
    ],
    ['on: fee, type: double, value: "10"', 'expected a number with a decimal point: write 10 as 10.0'],
    ['on: fee, type: string, value: scores.x', 'this expression cannot look at scores, only at event'],
    [
      'on: fee, type: string, value: customer.attributes.x',
      'this expression cannot look at customer, only at event',
    ],
    [`${WELL}, when: event.valu > 1.0`, 'event has no valu. Did you mean value?'],
    [`${WELL}, default: none`, 'attributes.x.default: expected a double, as type says, such as 0'],
    ['on: fee, type: string, value: event.type, default: 5', 'expected a string, as type says, such as ""'],
    ['on: fee, type: int, value: event.value', 'expected string, double or bool'],
    ['on: [], type: double, value: event.value', 'expected at least one type of events'],
    ['on: laurel.spend, type: double, value: event.value', 'types that begin with laurel.'],
    [`${WELL}, from: 2026-11-02T00:00, until: 2026-11-01T00:00`, 'expected a time after from'],
  ])('%s', (settings, message) => {
    expect(() => programWith(attribute(settings))).toThrow(message)
  })

  test.each([
    ['customer.attributes.plann == "x"', 'customer.attributes has no plann. Did you mean plan?'],
    [
      'customer.attributes.plan == 5.0',
      'a text cannot be compared with a number: numbers are written without quotes, texts with them',
    ],
    [
      'customer.plan == "x"',
      'customer has no plan. It has attributes, badges, missions, tiers, bucket and segments.',
    ],
  ])('a condition that says %s', (when, message) => {
    expect(() => programWith(LISTS.replace('customer.attributes.plan == "gold"', when))).toThrow(message)
  })

  test('the id of something else', () => {
    expect(() => programWith(`wallets: [x]\nattributes: [{ id: x, ${WELL} }]`)).toThrow(
      'x names something else already',
    )
  })
})
