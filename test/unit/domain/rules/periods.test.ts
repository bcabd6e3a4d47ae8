import { describe, expect, test } from 'vitest'
import { periodKind } from '#domain/calendar.ts'
import { type PeriodRun, type PeriodsOptions, periodsRule } from '#domain/rules/periods.ts'
import { course } from '../course.ts'
import { event, instant, SCENE } from '../telco.ts'

const DAILY: PeriodsOptions = {
  per: 'day',
  measure: 'count',
  threshold: 10_000,
  levels: [2, 4],
  within: null,
  freezes: 0,
  once: false,
}
const SUM: Partial<PeriodsOptions> = { measure: 'sum', threshold: 1_000_000, levels: [1, 2] }

const rule = (options: Partial<PeriodsOptions>) =>
  periodsRule('p', 'fee', ({ source }) => source === 'kafka', { ...DAILY, ...options })

type Fee = number | [day: number, value: number] | string

/** Fees at nine on days of November 2026, or at times of their own. */
const fees = (...all: readonly Fee[]) =>
  all.map((each) => {
    if (typeof each === 'string') return event('fee', each)
    const [day, value] = typeof each === 'number' ? [each, 0] : each
    return event('fee', `2026-11-${String(day).padStart(2, '0')} 09:00`, value)
  })

describe('consecutive periods', () => {
  test.each<[string, Partial<PeriodsOptions>, Fee[], string[]]>([
    [
      'reach levels that share the first of them',
      {},
      [2, 3, 4, 5, 6, 7],
      ['', '+2026-11-02/1', '', '+2026-11-02/2', '', '+2026-11-06/1'],
    ],
    ['count once, however much comes in them', {}, [2, 2, 2, 3, 3], ['', '', '', '+2026-11-02/1', '']],
    ['end with a period without', {}, [2, 4, 5], ['', '', '+2026-11-04/1']],
    [
      'end after a level, too, and reach it anew',
      {},
      [2, 3, 5, 6, 7],
      ['', '+2026-11-02/1', '', '+2026-11-05/1', ''],
    ],
    ['need so many matches each', { threshold: 20_000 }, [2, 2, 3, 3, 3], ['', '', '', '+2026-11-02/1', '']],
    [
      'end with a period that has too few',
      { threshold: 20_000 },
      [2, 2, 3, 4, 4, 5, 5],
      ['', '', '', '', '', '', '+2026-11-04/1'],
    ],
    [
      'come once, a level each',
      { once: true, levels: [2, 3] },
      [2, 3, 5, 6, 7, 8, 9, 10],
      ['', '+1', '', '', '+2', '', '', ''],
    ],
    ['of one period come with each', { levels: [1] }, [2, 2, 3], ['+2026-11-02/1', '', '+2026-11-03/1']],
    [
      'go by local days',
      {},
      ['2026-11-02 23:59:59.999', '2026-11-03 00:00', '2026-11-04 23:59:59.999'],
      ['', '+2026-11-02/1', ''],
    ],
    [
      'of weeks go over the turn of a year',
      { per: 'week' },
      ['2026-12-27 23:59:59.999', '2026-12-28 00:00', '2027-01-03 23:59:59.999', '2027-01-04 00:00'],
      ['', '+2026-W52/1', '', ''],
    ],
    ['of weeks end with one without', { per: 'week' }, [2, 16, 23], ['', '', '+2026-W47/1']],
    [
      'of months',
      { per: 'month' },
      ['2026-11-30 23:59', '2026-12-01 00:00', '2027-01-31 09:00', '2027-02-01 00:00'],
      ['', '+2026-11/1', '', '+2026-11/2'],
    ],
    [
      'of ten days',
      { per: periodKind({ days: 10, starting: '2026-11-02' }) },
      [2, 11, 12],
      ['', '', '+2026-11-02..2026-11-11/1'],
    ],
  ])('%s', (_, options, all, steps) => {
    expect(course(rule(options), fees(...all)).steps).toEqual(steps)
  })

  test.each<[string, number, Fee[], string[]]>([
    ['is forgiven', 1, [2, 4, 5], ['', '+2026-11-02/1', '']],
    ['does not count', 1, [2, 4, 5, 6], ['', '+2026-11-02/1', '', '+2026-11-02/2']],
    [
      'is forgiven as often as there are freezes',
      1,
      [2, 4, 6, 7],
      ['', '+2026-11-02/1', '', '+2026-11-06/1'],
    ],
    ['is forgiven beside another one', 2, [2, 5, 6, 7], ['', '+2026-11-02/1', '', '+2026-11-02/2']],
    ['is not forgiven among too many', 2, [2, 6, 7], ['', '', '+2026-11-06/1']],
  ])('a period without %s', (_, freezes, all, steps) => {
    expect(course(rule({ freezes }), fees(...all)).steps).toEqual(steps)
  })

  test('a period with too few takes a freeze, and those after it another', () => {
    const options = { threshold: 20_000, freezes: 2, levels: [2] }
    expect(course(rule(options), fees(2, 2, 3, 5, 5)).steps).toEqual(['', '', '', '', '+2026-11-02/1'])
    expect(course(rule({ ...options, freezes: 1 }), fees(2, 2, 3, 5, 5)).steps).toEqual(['', '', '', '', ''])
  })

  test('each run has freezes of its own', () => {
    const all = fees(2, 4, 5, 7)
    expect(course(rule({ freezes: 1, levels: [2] }), all).steps).toEqual([
      '',
      '+2026-11-02/1',
      '',
      '+2026-11-05/1',
    ])
  })
})

describe('some of the latest periods', () => {
  const LATEST: Partial<PeriodsOptions> = { within: 4, levels: [2, 3] }

  test.each<[string, Partial<PeriodsOptions>, Fee[], string[]]>([
    ['may lie as far apart as they say', LATEST, [2, 5], ['', '+2026-11-02/1']],
    ['and no further', LATEST, [2, 6], ['', '']],
    ['reach levels that share a run', LATEST, [2, 3, 5, 6], ['', '+2026-11-02/1', '+2026-11-02/2', '']],
    [
      'reach each level once, however the latest slide',
      LATEST,
      [2, 4, 7, 9, 12, 14, 15],
      ['', '+2026-11-02/1', '', '', '', '', '+2026-11-02/2'],
    ],
    [
      'begin anew where none of them counts any more',
      LATEST,
      [2, 3, 7, 8],
      ['', '+2026-11-02/1', '', '+2026-11-07/1'],
    ],
    ['leave behind what is too long ago', LATEST, [2, 6, 9], ['', '', '+2026-11-06/1']],
  ])('%s', (_, options, all, steps) => {
    expect(course(rule(options), fees(...all)).steps).toEqual(steps)
  })

  test('keep no more than that', () => {
    const { state } = course(rule({ within: 4, levels: [2, 3] }), fees(2, 4, 7, 9, 12, 14))
    expect(state?.run?.window).toHaveLength(1)
  })
})

describe('periods that sum values up', () => {
  test.each<[string, Partial<PeriodsOptions>, Fee[], string[]]>([
    [
      'reach the threshold at exactly it',
      SUM,
      [
        [2, 99.9999],
        [2, 0.0001],
      ],
      ['', '+2026-11-02/1'],
    ],
    [
      'lose a level below it, and win it again',
      SUM,
      [
        [2, 100],
        [2, -0.0001],
        [2, 0.0001],
      ],
      ['+2026-11-02/1', '-2026-11-02/1', '+2026-11-02/1'],
    ],
    [
      'keep a level once the period has ended',
      SUM,
      [
        [2, 100],
        [3, -500],
      ],
      ['+2026-11-02/1', ''],
    ],
    [
      'lose the level of the latest alone',
      SUM,
      [
        [2, 100],
        [3, 100],
        [3, -50],
        [4, 100],
      ],
      ['+2026-11-02/1', '+2026-11-02/2', '-2026-11-02/2', '+2026-11-04/1'],
    ],
    [
      'are without where the sum has fallen below it at the end',
      SUM,
      [
        [2, 100],
        [2, -50],
        [3, 100],
      ],
      ['+2026-11-02/1', '-2026-11-02/1', '+2026-11-03/1'],
    ],
    [
      'lose nothing that was not given',
      { ...SUM, levels: [2] },
      [
        [2, 100],
        [2, -50],
        [2, 50],
        [3, 100],
        [3, -1],
      ],
      ['', '', '', '+2026-11-02/1', '-2026-11-02/1'],
    ],
    [
      'come once, and again where they were lost',
      { ...SUM, levels: [1], once: true },
      [
        [2, 100],
        [2, -50],
        [3, 100],
        [4, 100],
      ],
      ['+1', '-1', '+1', ''],
    ],
  ])('%s', (_, options, all, steps) => {
    expect(course(rule(options), fees(...all)).steps).toEqual(steps)
  })

  test('tell the highest level reached and not lost', () => {
    const { levels } = course(rule(SUM), fees([2, 100], [3, 100], [3, -50], [5, 10], [6, 100]))
    expect(levels).toEqual([1, 2, 1, 1, 1])
  })

  test('hold the level of the latest period, as it was granted', () => {
    const all = fees([2, 100], [3, 100], [3, 20])
    let state: PeriodRun | undefined
    const grants = all.flatMap((each) => {
      const evolution = rule(SUM).evolve(state, each, SCENE)
      state = evolution.state
      return evolution.grants.map((grant) => ({ ...grant, at: each.at, identity: each.identity }))
    })
    expect(rule(SUM).held!(state!)).toEqual([grants[1]])
    const lost = rule(SUM).evolve(state, fees([3, -50])[0]!, SCENE)
    expect(rule(SUM).held!(lost.state!)).toEqual([])
    expect(lost.losses).toEqual([
      { occurrence: '2026-11-02/2', receipt: { sum: 700_000, target: 1_000_000 } },
    ])
    expect(rule({}).held).toBeUndefined()
  })
})

test('a level says which periods it is of, and what the last came to', () => {
  const times = ['2026-11-02 09:00', '2026-11-04 10:00', '2026-11-04 11:00']
  const { receipts } = course(rule({ threshold: 10_000, freezes: 1 }), fees(...times))
  const [startedAt, endedAt] = times.map(instant)
  expect(receipts).toEqual([
    {
      periods: 2,
      firstPeriod: '2026-11-02',
      lastPeriod: '2026-11-04',
      startedAt,
      endedAt,
      matches: 1,
      needed: 1,
    },
  ])
})

test('what does not meet the condition counts for nothing', () => {
  const { state } = course(rule({}), fees(2))
  const other = { ...fees(3)[0]!, source: 'app' }
  expect(rule({}).evolve(state, other, SCENE)).toEqual({ state, grants: [] })
})

test('a period goes on where clocks go back over midnight', () => {
  const [first, second, third] = fees(3, 2, 4)
  expect(course(rule({}), [first!, second!, third!]).steps).toEqual(['', '', '+2026-11-03/1'])
})
