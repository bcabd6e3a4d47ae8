import { describe, expect, test } from 'vitest'
import { type PeriodKind, periodKind } from '#domain/calendar.ts'
import { type RunningSum, type SumOptions, sumRule } from '#domain/rules/sum.ts'
import { day, event, SCENE } from '../telco.ts'

const LEVELS = [1_000_000, 2_000_000, 3_000_000]
const FOLLOW: SumOptions = { levels: LEVELS, per: 'all', onlyPositive: false, follow: true }
const LATCH: SumOptions = { ...FOLLOW, follow: false }
const POSITIVE: SumOptions = { ...LATCH, onlyPositive: true }
const WEEKLY: SumOptions = { ...FOLLOW, per: 'week' }

const rule = (options: SumOptions) => sumRule('s', 'fee', ({ source }) => source === 'kafka', options)

type Fee = readonly [local: string, value?: number]

/** Fees of one morning. */
const fees = (...values: readonly number[]): Fee[] => values.map((value) => ['2026-11-23 09:00', value])

/** What each fee wins (+) and loses (−), by occurrence. */
function run(options: SumOptions, all: readonly Fee[]) {
  let state: RunningSum | undefined
  const steps = all.map(([local, value]) => {
    const evolution = rule(options).evolve(state, event('fee', local, value), SCENE)
    state = JSON.parse(JSON.stringify(evolution.state)) as RunningSum
    return [
      ...evolution.grants.map(({ occurrence }) => `+${occurrence}`),
      ...(evolution.losses ?? []).map(({ occurrence }) => `-${occurrence}`),
    ].join(' ')
  })
  return { state, steps }
}

describe('a level', () => {
  test.each<[string, SumOptions, Fee[], string[]]>([
    ['is reached at its bound', LATCH, fees(99.9999, 0.0001), ['', '+1']],
    ['is reached above it', LATCH, fees(87, 53), ['', '+1']],
    ['comes with others where one value reaches them', LATCH, fees(250), ['+1 +2']],
    ['comes once', LATCH, fees(100, 0, 50, 49), ['+1', '', '', '']],
    ['ends with the last', LATCH, fees(300, 5_000), ['+1 +2 +3', '']],
    ['stays when the sum falls', LATCH, fees(140, -74, 11, 40), ['+1', '', '', '']],
    ['above it comes as if the sum had not fallen', LATCH, fees(140, -74, 134), ['+1', '', '+2']],
    [
      'is lost where the rule follows the sum, and won again',
      FOLLOW,
      fees(140, -74, 11, 84),
      ['+1', '-1', '', '+1'],
    ],
    ['is kept at exactly its bound', FOLLOW, fees(140, -40, -0.0001), ['+1', '', '-1']],
    ['is lost with others', FOLLOW, fees(350, -260, 110), ['+1 +2 +3', '-1 -2 -3', '+1 +2']],
    ['is lost alone', FOLLOW, fees(350, -100), ['+1 +2 +3', '-3']],
    ['does not come of what is below zero', POSITIVE, fees(87, -1_000, 13), ['', '', '+1']],
    [
      'is not lost where only what is positive counts',
      { ...POSITIVE, follow: true },
      fees(100, -1_000),
      ['+1', ''],
    ],
    ['takes an event without a value for zero', FOLLOW, [['2026-11-23 09:00'], ...fees(100)], ['', '+1']],
    ['can be won from far below zero', FOLLOW, fees(-500, 599.9999, 0.0001), ['', '', '+1']],
  ])('%s', (_, options, all, steps) => {
    expect(run(options, all).steps).toEqual(steps)
  })

  test.each<[PeriodKind, string, string, string, string]>([
    ['day', '2026-11-23 23:59:59.999', '2026-11-24 00:00', '2026-11-23/1', '2026-11-24/1'],
    ['week', '2026-11-29 23:59:59.999', '2026-11-30 00:00', '2026-W48/1', '2026-W49/1'],
    ['month', '2026-11-30 23:59:59.999', '2026-12-01 00:00', '2026-11/1', '2026-12/1'],
    [
      periodKind({ days: 10, starting: '2026-11-02' }),
      '2026-11-11 23:59:59.999',
      '2026-11-12 00:00',
      '2026-11-02..2026-11-11/1',
      '2026-11-12..2026-11-21/1',
    ],
  ])('of a %s comes anew between %s and %s', (per, last, next, first, second) => {
    const all: Fee[] = [
      [last, 60],
      [last, 60],
      [next, 60],
      [next, 60],
    ]
    expect(run({ ...FOLLOW, per }, all).steps).toEqual(['', `+${first}`, '', `+${second}`])
  })

  test('stays when its period ends, whatever the next one brings', () => {
    const { steps, state } = run(WEEKLY, [
      ['2026-11-29 09:00', 120],
      ['2026-11-30 09:00', -500],
    ])
    expect(steps).toEqual(['+2026-W48/1', ''])
    expect(state).toEqual({ period: day('2026-11-30'), sum: -5_000_000, reached: [] })
  })
})

test('what is won and lost says the sum, and the bound', () => {
  const first = event('fee', '2026-11-23 09:00', 250)
  const won = rule(FOLLOW).evolve(undefined, first, SCENE)
  const badge = { kind: 'badge', wallet: null, amount: 0, availableAt: null }
  expect(won.grants).toEqual([
    { ...badge, occurrence: '1', level: 1, receipt: { sum: 2_500_000, target: 1_000_000 } },
    { ...badge, occurrence: '2', level: 2, receipt: { sum: 2_500_000, target: 2_000_000 } },
  ])
  const lost = rule(FOLLOW).evolve(won.state, event('fee', '2026-11-23 10:00', -60), SCENE)
  expect(lost.grants).toEqual([])
  expect(lost.losses).toEqual([{ occurrence: '2', receipt: { sum: 1_900_000, target: 2_000_000 } }])
})

test('what does not meet the condition counts for nothing', () => {
  const { state } = run(FOLLOW, fees(140))
  const fee = { ...event('fee', '2026-11-23 09:00', -100), source: 'app' }
  expect(rule(FOLLOW).evolve(state, fee, SCENE)).toEqual({ state, grants: [] })
})

describe('what a state holds', () => {
  const all = ['09:00', '10:00', '11:00', '12:00'].map((time, i) =>
    event('fee', `2026-11-23 ${time}`, [140, 120, -100, 90][i]),
  )

  /** The level, and the so-many-th fee that reached it. */
  function held(options: SumOptions, count: number) {
    let state: RunningSum | undefined
    for (const each of all.slice(0, count)) state = rule(options).evolve(state, each, SCENE).state
    return rule(options).held!(state!).map(({ level, at, identity, receipt }) => {
      const by = all.findIndex((each) => each.identity === identity && each.at === at)
      return [level, by, receipt.sum]
    })
  }

  test.each<[string, SumOptions, number, [number, number, number][]]>([
    ['the first level', FOLLOW, 1, [[1, 0, 1_400_000]]],
    [
      'each where it was reached',
      FOLLOW,
      2,
      [
        [1, 0, 1_400_000],
        [2, 1, 2_600_000],
      ],
    ],
    ['none that is lost', FOLLOW, 3, [[1, 0, 1_400_000]]],
    [
      'one that was won again, where it was',
      FOLLOW,
      4,
      [
        [1, 0, 1_400_000],
        [2, 3, 2_500_000],
      ],
    ],
    [
      'all of them, where nothing is lost',
      LATCH,
      3,
      [
        [1, 0, 1_400_000],
        [2, 1, 2_600_000],
      ],
    ],
  ])('is %s', (_, options, count, expected) => {
    expect(held(options, count)).toEqual(expected)
  })

  test('is what it granted', () => {
    const { state, grants } = rule(WEEKLY).evolve(undefined, all[0]!, SCENE)
    const { at, identity } = all[0]!
    expect(rule(WEEKLY).held!(state!)).toEqual(grants.map((grant) => ({ ...grant, at, identity })))
  })
})

test('the level held is that of the latest period', () => {
  const level = (options: SumOptions, all: readonly Fee[]) => rule(options).level!(run(options, all).state!)
  expect(level(FOLLOW, fees(250))).toBe(2)
  expect(level(FOLLOW, fees(250, -100))).toBe(1)
  expect(level(LATCH, fees(250, -100))).toBe(2)
  expect(
    level(WEEKLY, [
      ['2026-11-29 09:00', 120],
      ['2026-11-30 09:00', 1],
    ]),
  ).toBe(0)
})
