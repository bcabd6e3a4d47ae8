import { describe, expect, test } from 'vitest'
import type { PeriodKind } from '#domain/calendar.ts'
import { type MissionProgress, missionRule, progressIn } from '#domain/rules/mission.ts'
import { day, event, instant, TELCO } from '../telco.ts'

const REWARD = { wallet: 'points', amount: 500_000 }

function mission(measure: 'sum' | 'count', target: number, window: PeriodKind, reward?: typeof REWARD) {
  return missionRule(
    'm',
    'data_usage',
    ({ source }) => source === 'kafka',
    measure,
    target * 10_000,
    window,
    reward,
  )
}

type Usage = readonly [local: string, value?: number]

function run(rule: ReturnType<typeof mission>, usages: readonly Usage[]) {
  let state: MissionProgress | undefined
  const completed = usages.map(([local, value]) => {
    const evolution = rule.evolve(state, event('data_usage', local, value), TELCO.zone)
    state = evolution.state
    return evolution.grants.map(({ occurrence }) => occurrence).join()
  })
  return { state, completed }
}

describe('completion', () => {
  test.each<[string, Usage[], string[]]>([
    [
      'comes with the event that reaches the target',
      [
        ['2026-11-23 09:00', 60],
        ['2026-11-24 09:00', 40],
      ],
      ['', '2026-W48'],
    ],
    [
      'does not come a crumb below',
      [
        ['2026-11-23 09:00', 60],
        ['2026-11-24 09:00', 39.9999],
      ],
      ['', ''],
    ],
    [
      'comes once a window',
      [
        ['2026-11-23 09:00', 500],
        ['2026-11-24 09:00', 500],
      ],
      ['2026-W48', ''],
    ],
    [
      'comes anew in each window',
      [
        ['2026-11-29 23:59:59.999', 100],
        ['2026-11-30 00:00', 60],
        ['2026-12-06 23:59', 60],
        ['2026-12-07 00:00', 99],
      ],
      ['2026-W48', '', '2026-W49', ''],
    ],
    [
      'does not carry over',
      [
        ['2026-11-29 09:00', 99],
        ['2026-11-30 09:00', 99],
      ],
      ['', ''],
    ],
    [
      'takes an event without a value for zero',
      [['2026-11-23 09:00'], ['2026-11-23 10:00', 100]],
      ['', '2026-W48'],
    ],
    [
      'stays when a negative value takes back what led to it',
      [
        ['2026-11-23 09:00', 100],
        ['2026-11-23 10:00', -80],
        ['2026-11-23 11:00', 90],
      ],
      ['2026-W48', '', ''],
    ],
  ])('of a sum of 100 a week %s', (_, usages, completed) => {
    expect(run(mission('sum', 100, 'week', REWARD), usages).completed).toEqual(completed)
  })

  test('of a count does not look at values', () => {
    const usages: Usage[] = [
      ['2026-11-23 09:00', 500],
      ['2026-11-23 10:00'],
      ['2026-11-23 11:00', -5],
      ['2026-11-23 12:00'],
    ]
    expect(run(mission('count', 3, 'day', REWARD), usages).completed).toEqual(['', '', '2026-11-23', ''])
  })

  test('of one window for ever comes once', () => {
    const usages: Usage[] = [['2020-01-01 09:00'], ['2026-11-23 10:00'], ['2027-01-01 09:00']]
    expect(run(mission('count', 2, 'once', REWARD), usages).completed).toEqual(['', 'once', ''])
  })

  test.each<[PeriodKind, string]>([
    ['day', '2026-11-23'],
    ['week', '2026-W48'],
    ['month', '2026-11'],
    ['once', 'once'],
  ])('within a %s is named %s', (window, name) => {
    expect(run(mission('count', 1, window), [['2026-11-23 09:00']]).completed).toEqual([name])
  })
})

test('the grant credits the reward and shows the numbers', () => {
  const usage = event('data_usage', '2026-11-23 09:00', 120)
  expect(mission('sum', 100, 'week', REWARD).evolve(undefined, usage, TELCO.zone)).toEqual({
    state: { period: day('2026-11-23'), progress: 1_200_000, completedAt: usage.at, previous: null },
    grants: [
      {
        kind: 'mission',
        occurrence: '2026-W48',
        level: 0,
        wallet: 'points',
        amount: 500_000,
        receipt: { progress: 1_200_000, target: 1_000_000 },
      },
    ],
  })
})

test('without a reward nothing is credited', () => {
  const usage = event('data_usage', '2026-11-23 09:00', 120)
  const { grants } = mission('sum', 100, 'week').evolve(undefined, usage, TELCO.zone)
  expect(grants).toMatchObject([{ wallet: null, amount: 0 }])
})

test('progress goes on after completion, which keeps its time', () => {
  const { state } = run(mission('sum', 100, 'week', REWARD), [
    ['2026-11-23 09:00', 60],
    ['2026-11-24 09:00', 60],
    ['2026-11-25 09:00', 60],
  ])
  expect(state).toMatchObject({ progress: 1_800_000, completedAt: instant('2026-11-24 09:00') })
})

test('what does not meet the condition counts for nothing', () => {
  const rule = mission('count', 1, 'week', REWARD)
  const usage = { ...event('data_usage', '2026-11-23 09:00'), source: 'app' }
  expect(rule.evolve(undefined, usage, TELCO.zone)).toEqual({ state: undefined, grants: [] })
})

describe('progressIn', () => {
  const { state } = run(mission('sum', 100, 'week'), [
    ['2026-11-09 09:00', 10],
    ['2026-11-16 09:00', 120],
    ['2026-11-18 09:00', 5],
    ['2026-11-30 09:00', 7],
    ['2026-12-01 09:00', 7],
  ])

  test.each([
    ['the latest window', '2026-11-30', { progress: 140_000, completedAt: null }],
    [
      'the one with events before it',
      '2026-11-16',
      { progress: 1_250_000, completedAt: instant('2026-11-16 09:00') },
    ],
  ])('knows %s', (_, monday, expected) => {
    expect(progressIn(state, day(monday))).toMatchObject(expected)
  })

  test.each(['2026-11-09', '2026-11-23', '2026-12-07'])('knows nothing of the week of %s', (monday) => {
    expect(progressIn(state, day(monday))).toBeUndefined()
  })

  test('knows nothing of a customer whom the mission has not met', () => {
    expect(progressIn(undefined, day('2026-11-23'))).toBeUndefined()
  })

  test('the window before keeps no window before it: the state does not grow', () => {
    expect(state?.previous).not.toHaveProperty('previous')
  })
})
