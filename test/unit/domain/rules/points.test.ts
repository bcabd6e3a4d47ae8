import { describe, expect, test } from 'vitest'
import type { PeriodKind } from '#domain/calendar.ts'
import { pointsRule } from '#domain/rules/points.ts'
import type { Rule } from '#domain/rules/rule.ts'
import { event, instant, SCENE, sceneWith } from '../telco.ts'

/** One point for a unit of value, for values above zero. */
function rule(cap?: { amount: number; per: PeriodKind }): Rule {
  return pointsRule(
    'points-for-all',
    'recharge',
    ({ value }) => value !== null,
    ({ value }) => value! / 10_000,
    'points',
    cap && { amount: cap.amount * 10_000, per: cap.per },
    0,
  ) as Rule
}

/** What each event was given, in points. */
function given(rule: Rule, recharges: readonly (readonly [local: string, value: number])[]): number[] {
  let state: unknown
  return recharges.map(([local, value]) => {
    const evolution = rule.evolve(state, event('recharge', local, value), SCENE)
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

test.each([0, -5])('without a cap, an amount of %d is no award', (value) => {
  const recharge = event('recharge', '2026-11-23 09:00', value)
  expect(rule().evolve(undefined, recharge, SCENE).grants).toEqual([])
})

test('the grant names the event, the wallet and the numbers behind it', () => {
  const recharge = event('recharge', '2026-11-23 09:00', 60)
  expect(rule().evolve(undefined, recharge, SCENE).grants).toEqual([
    {
      kind: 'points',
      occurrence: recharge.identity,
      level: 0,
      wallet: 'points',
      amount: 600_000,
      availableAt: null,
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
    expect(capped.evolve(state, recharge, SCENE)).toEqual({ state, grants: [] })
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
    const first = capped.evolve(undefined, event('recharge', '2026-11-23 09:00', 60), SCENE)
    const second = capped.evolve(first.state, event('recharge', '2026-11-23 10:00', 60), SCENE)
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
    0,
  )
  expect(() => broken.evolve(undefined, event('recharge', '2026-11-23 09:00', 1), SCENE)).toThrow(
    'is not an amount',
  )
})

describe('points that are available later', () => {
  test.each<[number, string, string | null]>([
    [0, '2026-11-23 09:00', null],
    [1, '2026-11-23 00:00', '2026-11-24 00:00'],
    [1, '2026-11-23 23:59:59.999', '2026-11-24 00:00'],
    [7, '2026-12-28 09:00', '2027-01-04 00:00'],
  ])('by %i days, of %s: at %s', (days, local, expected) => {
    const later = pointsRule(
      'later',
      'recharge',
      () => true,
      () => 5,
      'points',
      undefined,
      days,
    )
    const [grant] = later.evolve(undefined, event('recharge', local, 1), SCENE).grants
    expect(grant).toMatchObject({ amount: 50_000, availableAt: expected === null ? null : instant(expected) })
  })
})

test('an amount can look at scores', () => {
  const scored = pointsRule(
    'scored',
    'recharge',
    (_, scene) => scene.score('recency') > 1,
    (_, scene) => scene.score('recency') * 2,
    'points',
    undefined,
    0,
  )
  const amounts = [1, 5].map((recency) => {
    const scene = sceneWith({ recency })
    return scored.evolve(undefined, event('recharge', '2026-11-23 09:00', 1), scene).grants[0]?.amount
  })
  expect(amounts).toEqual([undefined, 100_000])
})
