import { describe, expect, test } from 'vitest'
import { BUCKET } from '#domain/bucket.ts'
import { addEvents, NO_SCORES, prune } from '#domain/score.ts'
import { evaluate, outlook } from '#domain/score-measure.ts'
import { day, event, programWith } from './telco.ts'

const TODAY = '2026-11-23'

/** A local time so many days before today. */
function ago(days: number, time = '12:00'): string {
  return `${new Date((day(TODAY) - days) * 86_400_000).toISOString().slice(0, 10)} ${time}`
}

/** The rule of a score as it is written. */
function ruleOf(settings: string) {
  return programWith(`wallets: [points]\nscores: [{ id: score, ${settings} }]`)
}

type Happened = readonly [days: number, value?: number | undefined, type?: string]

function stateOf(program: ReturnType<typeof ruleOf>, happened: readonly Happened[]) {
  const events = happened.map(([days, value, type = 'fee']) => event(type, ago(days), value))
  return addEvents(NO_SCORES, events, program.scores, program.zone)
}

/** The score today, and in how many days time alone takes it to another band. */
function scoreOf(settings: string, happened: readonly Happened[]) {
  const program = ruleOf(settings)
  const [rule] = program.scores
  const state = stateOf(program, happened)
  const next = outlook(state, day(TODAY), rule!).next
  // What pruning drops is nothing that the score looks at.
  const pruned = prune(state, day(TODAY), program.scores)
  expect(outlook(pruned, day(TODAY), rule!).next).toBe(next)
  return { ...evaluate(pruned, day(TODAY), rule!), next: next === null ? null : next - day(TODAY) }
}

const daily = (from: number, to: number, value?: number): Happened[] =>
  Array.from({ length: from - to + 1 }, (_, i) => [from - i, value] as const)

describe('a trend', () => {
  const trend = (settings: string) =>
    `kind: trend, ${settings}, bands: [{ from: 1.5, name: up }, { from: 0.5, name: even }, { from: -9, name: down }]`

  test.each<[string, string, readonly Happened[], number, string, number | null]>([
    ['nothing yet', 'on: fee', [], 0, 'down', null],
    ['one day only, today', 'on: fee', [[0]], 30 / 7, 'up', 7],
    ['one day only, on the last day of the shorter window', 'on: fee', [[6]], 30 / 7, 'up', 1],
    ['one day only, past the shorter window', 'on: fee', [[7]], 0, 'down', null],
    ['one day only, past the longer window', 'on: fee', [[30]], 0, 'down', null],
    ['each day the same: exactly 1', 'on: fee', daily(29, 0), 1, 'even', 4],
    ['each day the same in other windows', 'on: fee, days: 3, overDays: 21', daily(20, 0), 1, 'even', 2],
    ['days beyond the longer window count nothing', 'on: fee', daily(40, 0), 1, 'even', 4],
    ['of any type', 'days: 2, overDays: 4', [[0], [1, 1, 'call'], [3, 1, 'recharge']], 4 / 3, 'even', 2],
    [
      'of values',
      'on: fee, sum: value, days: 2, overDays: 4',
      [
        [0, 60],
        [3, 20],
      ],
      1.5,
      'up',
      2,
    ],
    [
      'of values that come to nothing',
      'on: fee, sum: value',
      [
        [0, 5],
        [28, -5],
      ],
      0,
      'down',
      2,
    ],
    [
      'of values that come to less',
      'on: fee, sum: value',
      [
        [0, 5],
        [28, -6],
      ],
      0,
      'down',
      2,
    ],
    [
      'below zero, where the shorter window is',
      'on: fee, sum: value',
      [
        [0, -7],
        [20, 37],
      ],
      -1,
      'down',
      null,
    ],
    ['of values that are missing', 'on: fee, sum: value', [[0], [20]], 0, 'down', null],
  ])('%s', (_, settings, happened, value, band, next) => {
    expect(scoreOf(trend(settings), happened)).toEqual({ value, band, next })
  })
})

describe('tenure', () => {
  const tenure = (settings = '') =>
    `kind: tenure${settings}, bands: [{ from: 366, name: year }, { from: 2, name: known }, { from: 0, name: new }]`

  test.each<[string, string, readonly Happened[], number, string, number | null]>([
    ['nothing yet', tenure(), [], 0, 'new', null],
    ['the first day is one', tenure(), [[0], [0]], 1, 'new', 1],
    ['goes by the earliest day', tenure(), [[3], [364], [0]], 365, 'known', 1],
    ['grows without events', tenure(), [[365]], 366, 'year', null],
    ['of any type', tenure(), [[0], [9, 1, 'call']], 10, 'known', 356],
    ['of one type', tenure(', on: fee'), [[0], [9, 1, 'call']], 1, 'new', 1],
    ['knows nothing of later days', tenure(), [[-1]], 0, 'new', null],
  ])('%s', (_, settings, happened, value, band, next) => {
    expect(scoreOf(settings, happened)).toEqual({ value, band, next })
  })

  test('goes by local days', () => {
    const program = ruleOf(tenure())
    const [rule] = program.scores
    const since = (time: string) =>
      evaluate(addEvents(NO_SCORES, [event('fee', time)], program.scores, program.zone), day(TODAY), rule!)
        .value
    expect([since(ago(2, '00:00')), since(ago(3, '23:59:59.999'))]).toEqual([3, 4])
  })

  test('never comes to a band that lies beyond all time', () => {
    const far = 'kind: tenure, bands: [{ from: 1e300, name: far }, { from: 0, name: near }]'
    expect(scoreOf(far, [[0]])).toEqual({ value: 1, band: 'near', next: null })
  })
})

test('recency that changes beyond all time never does', () => {
  const far =
    'kind: recency, on: fee, steps: [{ atMost: 1000000000, score: 1 }], bands: [{ from: 1, name: known }, { from: 0, name: gone }]'
  expect(scoreOf(far, [[0]])).toEqual({ value: 1, band: 'known', next: null })
})

describe('churn risk', () => {
  const risk = (settings: string) =>
    `kind: churn-risk, ${settings}, bands: [{ from: 3, name: leaving }, { from: 1.5, name: overdue }, { from: 0, name: here }]`

  test.each<[string, string, readonly Happened[], number, string, number | null]>([
    ['nothing yet', 'days: 90', [], 0, 'here', null],
    ['one day only, however long ago', 'days: 90', [[80], [80]], 0, 'here', null],
    ['on the day of an event', 'days: 90', [[5], [0]], 0, 'here', 8],
    ['after the usual gap: exactly 1', 'days: 90', [[21], [14], [7]], 1, 'here', 4],
    ['days count once', 'days: 90', [[14], [7], [7], [7]], 1, 'here', 4],
    ['the mean of unlike gaps', 'days: 90', [[13], [4], [3]], 0.6, 'here', 5],
    ['at a bound', 'days: 90', [[7], [5], [3]], 1.5, 'overdue', 3],
    ['goes on growing', 'days: 90', [[1002], [1000]], 500, 'leaving', null],
    ['the window ends with the latest day', 'days: 10', [[109], [102], [100]], 100 / 4.5, 'leaving', null],
    ['what lies before it is left out', 'days: 10', [[110], [102], [100]], 50, 'leaving', null],
    ['who comes less often than the window', 'days: 10', [[110], [100]], 0, 'here', null],
    ['of any type', 'days: 90', [[6], [4, 1, 'call']], 2, 'overdue', 2],
    ['of one type', 'days: 90, on: fee', [[6], [4, 1, 'call'], [3]], 1, 'here', 2],
    ['knows nothing of later days', 'days: 90', [[4], [2], [-1]], 1, 'here', 1],
  ])('%s', (_, settings, happened, value, band, next) => {
    expect(scoreOf(risk(settings), happened)).toEqual({ value, band, next })
  })
})

describe('pruning', () => {
  const left = (settings: string, ...days: readonly number[]) => {
    const program = ruleOf(settings)
    const state = stateOf(
      program,
      days.map((each) => [each]),
    )
    const { activity, types } = prune(state, day(TODAY), program.scores)
    const buckets = types.fee ?? activity
    return buckets.filter((_, i) => i % BUCKET === 0).map((each) => day(TODAY) - each)
  }
  const bands = 'bands: [{ from: 0, name: any }]'

  test.each<[string, string, number[], number[]]>([
    ['keeps the longer window of a trend', `kind: trend, on: fee, ${bands}`, [30, 29, 0], [29, 0]],
    ['keeps the first day of tenure', `kind: tenure, on: fee, ${bands}`, [900, 300, 0], [900]],
    ['of any type, too', `kind: tenure, ${bands}`, [900, 300, 0], [900]],
    [
      'keeps the window of churn risk up to the latest day',
      `kind: churn-risk, on: fee, days: 30, ${bands}`,
      [530, 529, 500],
      [529, 500],
    ],
  ])('%s', (_, settings, days, kept) => {
    expect(left(settings, ...days)).toEqual(kept)
  })
})

test.each<[string, string, string]>([
  [
    'a trend over a shorter window',
    'kind: trend, on: fee, days: 30, overDays: 30, bands: [{ from: 0, name: any }]',
    'scores.score.overDays: expected more days than days has',
  ],
  [
    'a trend of values of any type',
    'kind: trend, sum: value, bands: [{ from: 0, name: any }]',
    'scores.score.sum: values are summed up of one type of event: add on: recharge',
  ],
  [
    'a window of more than a year and a day',
    'kind: churn-risk, days: 367, bands: [{ from: 0, name: any }]',
    'scores.score.days: ',
  ],
])('%s is a mistake', (_, settings, message) => {
  expect(() => ruleOf(settings)).toThrow(message)
})
