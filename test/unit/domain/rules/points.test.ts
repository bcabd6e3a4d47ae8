import { describe, expect, test } from 'vitest'
import type { PeriodKind } from '#domain/calendar.ts'
import { pointsRule } from '#domain/rules/points.ts'
import type { Rule } from '#domain/rules/rule.ts'
import { event, TELCO } from '../telco.ts'

/** One point for a unit of value, for values above zero. */
function rule(cap?: { amount: number; per: PeriodKind }): Rule {
  return pointsRule(
    'points-for-all',
    'recharge',
    ({ value }) => value !== null,
    ({ value }) => value! / 10_000,
    'points',
    cap && { amount: cap.amount * 10_000, per: cap.per },
  ) as Rule
}

/** What each event was given, in points. */
function given(rule: Rule, recharges: readonly (readonly [local: string, value: number])[]): number[] {
  let state: unknown
  return recharges.map(([local, value]) => {
    const evolution = rule.evolve(state, event('recharge', local, value), TELCO.zone)
    state = evolution.state
    return evolution.grants.reduce((sum, { amount }) => sum + amount, 0) / 10_000
  })
}

test('without a cap, every event that meets the condition is given its amount', () => {
  expect(
    given(rule(), [
      ['2026-11-23 09:00', 60],
      ['2026-11-23 09:00', 60],
      ['2026-11-23 10:00', 0.0001],
    ]),
  ).toEqual([60, 60, 0.0001])
})

test('the grant names the event, the wallet and the numbers behind it', () => {
  const recharge = event('recharge', '2026-11-23 09:00', 60)
  expect(rule().evolve(undefined, recharge, TELCO.zone).grants).toEqual([
    {
      kind: 'points',
      occurrence: recharge.identity,
      level: 0,
      wallet: 'points',
      amount: 600_000,
      receipt: { value: 600_000, full: 600_000 },
    },
  ])
})

test('nothing is given, and nothing remembered, where the condition is not met or the amount is not above zero', () => {
  const capped = rule({ amount: 100, per: 'day' })
  const state = { period: 1, amount: 5 }
  for (const recharge of [
    event('recharge', '2026-11-23 09:00'),
    event('recharge', '2026-11-23 09:00', 0),
    event('recharge', '2026-11-23 09:00', -5),
  ]) {
    expect(capped.evolve(state, recharge, TELCO.zone)).toEqual({ state, grants: [] })
  }
})

describe('a cap', () => {
  test.each<[string, [string, number][], number[]]>([
    [
      'gives the part that still fits',
      [
        ['2026-11-23 09:00', 60],
        ['2026-11-23 10:00', 60],
      ],
      [60, 40],
    ],
    [
      'gives nothing once it is reached',
      [
        ['2026-11-23 09:00', 100],
        ['2026-11-23 10:00', 1],
      ],
      [100, 0],
    ],
    [
      'is reached exactly',
      [
        ['2026-11-23 09:00', 40],
        ['2026-11-23 10:00', 60],
      ],
      [40, 60],
    ],
    ['cuts a single event', [['2026-11-23 09:00', 250]], [100]],
    [
      'leaves a crumb',
      [
        ['2026-11-23 09:00', 99.9999],
        ['2026-11-23 10:00', 5],
      ],
      [99.9999, 0.0001],
    ],
    [
      'is anew each local day',
      [
        ['2026-11-23 23:59:59.999', 100],
        ['2026-11-24 00:00', 70],
        ['2026-11-24 23:59', 70],
      ],
      [100, 70, 30],
    ],
  ])('%s', (_, recharges, expected) => {
    expect(given(rule({ amount: 100, per: 'day' }), recharges)).toEqual(expected)
  })

  test.each<[PeriodKind, string, string]>([
    ['day', '2026-11-23 23:59:59.999', '2026-11-24 00:00'],
    ['week', '2026-11-29 23:59:59.999', '2026-11-30 00:00'],
    ['month', '2026-11-30 23:59:59.999', '2026-12-01 00:00'],
  ])('of a %s ends between %s and %s', (per, last, next) => {
    expect(
      given(rule({ amount: 100, per }), [
        [last, 60],
        [last, 60],
        [next, 60],
        [next, 60],
      ]),
    ).toEqual([60, 40, 60, 40])
  })

  test('for ever is never anew', () => {
    expect(
      given(rule({ amount: 100, per: 'all' }), [
        ['2020-01-01 00:00', 60],
        ['2026-12-01 00:00', 60],
      ]),
    ).toEqual([60, 40])
  })

  test('shows in the receipt', () => {
    const capped = rule({ amount: 100, per: 'day' })
    const first = capped.evolve(undefined, event('recharge', '2026-11-23 09:00', 60), TELCO.zone)
    const second = capped.evolve(first.state, event('recharge', '2026-11-23 10:00', 60), TELCO.zone)
    expect(second.grants[0]?.receipt).toEqual({
      value: 600_000,
      full: 600_000,
      cap: 1_000_000,
      before: 600_000,
    })
  })
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])('an amount of %d throws', (amount) => {
  const broken = pointsRule(
    'broken',
    'recharge',
    () => true,
    () => amount,
    'points',
    undefined,
  )
  expect(() => broken.evolve(undefined, event('recharge', '2026-11-23 09:00', 1), TELCO.zone)).toThrow(
    'is not an amount',
  )
})
