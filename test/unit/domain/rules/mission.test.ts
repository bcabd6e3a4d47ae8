import { describe, expect, test } from 'vitest'
import type { PeriodKind } from '#domain/calendar.ts'
import { type MissionOptions, type MissionProgress, missionRule } from '#domain/rules/mission.ts'
import { calendarWindow } from '#domain/rules/mission-window.ts'
import { day, event, instant, SCENE, TELCO } from '../telco.ts'

const REWARD = { wallet: 'points', amount: 500_000 }

function mission(
  measure: 'sum' | 'count',
  target: number,
  window: PeriodKind,
  reward?: typeof REWARD,
  options: Partial<MissionOptions> = {},
) {
  return missionRule('m', {
    objectives: [
      {
        types: ['data_usage'],
        measure,
        target: target * 10_000,
        match: ({ source }) => (source === 'kafka' ? '' : null),
      },
    ],
    needed: 1,
    window: calendarWindow(window),
    repeat: 'window',
    requires: [],
    rewards: { points: reward ? [reward] : [], badges: [], bundles: [] },
    tellsMissed: false,
    remembers: false,
    ...options,
  })
}

type Usage = readonly [local: string, value?: number]

function run(rule: ReturnType<typeof mission>, usages: readonly Usage[]) {
  let state: MissionProgress | undefined
  const completed = usages.map(([local, value]) => {
    const evolution = rule.evolve(state, event('data_usage', local, value), SCENE)
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
  expect(mission('sum', 100, 'week', REWARD).evolve(undefined, usage, SCENE)).toEqual({
    state: { period: day('2026-11-23'), progress: 1_200_000, completedAt: usage.at },
    grants: [
      {
        kind: 'mission',
        occurrence: '2026-W48',
        level: 0,
        wallet: 'points',
        amount: 500_000,
        availableAt: null,
        receipt: { progress: 1_200_000, target: 1_000_000 },
      },
    ],
  })
})

test('without a reward nothing is credited', () => {
  const usage = event('data_usage', '2026-11-23 09:00', 120)
  const { grants } = mission('sum', 100, 'week').evolve(undefined, usage, SCENE)
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
  expect(rule.evolve(undefined, usage, SCENE)).toEqual({ state: undefined, grants: [] })
})

test('the state is that of the latest window alone', () => {
  const { state } = run(mission('sum', 100, 'week'), [
    ['2026-11-16 09:00', 120],
    ['2026-11-30 09:00', 7],
    ['2026-12-01 09:00', 7],
  ])
  expect(state).toEqual({ period: day('2026-11-30'), progress: 140_000, completedAt: null })
})

describe('a window that closes', () => {
  const telling = (window: PeriodKind) => mission('sum', 100, window, REWARD, { tellsMissed: true })

  test('is not told where nobody asked for it', () => {
    expect(mission('sum', 100, 'week').timer).toBeUndefined()
  })

  test.each<[PeriodKind, string, string | null]>([
    ['day', '2026-11-23 23:59:59.999', '2026-11-24 00:00'],
    ['week', '2026-11-23 00:00', '2026-11-30 00:00'],
    ['week', '2026-12-31 09:00', '2027-01-04 00:00'],
    ['month', '2026-12-31 09:00', '2027-01-01 00:00'],
    ['once', '2026-12-31 09:00', null],
  ])('of a %s with usage at %s is due at %s', (window, local, due) => {
    const { state } = run(telling(window), [[local, 60]])
    expect(telling(window).timer!.due(state!, TELCO.zone)).toBe(due === null ? null : instant(due))
  })

  test('is missed by what was reached in it, credits nothing, and is told once', () => {
    const rule = telling('week')
    const { state } = run(rule, [['2026-11-23 09:00', 60]])
    const { state: told, grants } = rule.timer!.elapse(state!, instant('2026-11-30 00:00'), SCENE)
    expect(grants).toEqual([
      {
        kind: 'missed',
        occurrence: '2026-W48',
        level: 0,
        wallet: null,
        amount: 0,
        availableAt: null,
        receipt: { progress: 600_000, target: 1_000_000 },
      },
    ])
    expect(told).toEqual({ ...state, told: true })
    expect(rule.timer!.due(told!, TELCO.zone)).toBeNull()
  })

  test('is not missed once the mission is completed', () => {
    const { state } = run(telling('week'), [['2026-11-23 09:00', 100]])
    expect(telling('week').timer!.due(state!, TELCO.zone)).toBeNull()
  })

  test('is told anew for the next one', () => {
    const rule = telling('week')
    const { state } = run(rule, [['2026-11-23 09:00', 60]])
    const told = rule.timer!.elapse(state!, instant('2026-11-30 00:00'), SCENE).state
    const next = rule.evolve(told, event('data_usage', '2026-12-01 09:00', 60), SCENE).state
    expect(next).toMatchObject({ period: day('2026-11-30'), progress: 600_000 })
    expect(next).not.toHaveProperty('told')
    expect(rule.timer!.due(next!, TELCO.zone)).toBe(instant('2026-12-07 00:00'))
  })
})
