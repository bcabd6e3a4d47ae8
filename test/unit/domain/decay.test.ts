import { describe, expect, test } from 'vitest'
import { BUCKET, type Buckets } from '#domain/bucket.ts'
import { addEvents, decayWeights, NO_SCORES, prune, type ScoreRule } from '#domain/score.ts'
import { evaluate, evaluateScores, outlook } from '#domain/score-measure.ts'
import { day, event, TELCO } from './telco.ts'

const TODAY = '2026-11-23'

/** A local time so many days before today. */
function ago(days: number, time = '12:00'): string {
  return `${new Date((day(TODAY) - days) * 86_400_000).toISOString().slice(0, 10)} ${time}`
}

const BOUNDS = [
  { from: 50, name: 'heavy' },
  { from: 10, name: 'light' },
  { from: -1_000, name: 'none' },
]

const DECAYED: ScoreRule = {
  id: 'weight',
  kind: 'decayed',
  on: 'fee',
  days: 366,
  weights: decayWeights(366, 30),
  steps: [],
  bands: BOUNDS,
}

/** Day buckets of fees, by how many days before today. */
function feesAgo(...fees: readonly (readonly [days: number, value: number])[]) {
  const events = fees.map(([days, value]) => event('fee', ago(days), value))
  return addEvents(NO_SCORES, events, [DECAYED], TELCO.zone)
}

test('a value counts by its age: half of it after each half-life', () => {
  expect(decayWeights(5, 2)).toEqual([1, 2 ** -0.5, 0.5, 2 ** -1.5, 0.25])
  expect(decayWeights(2, 1e-9)).toEqual([1, 0])
  expect(decayWeights(0, 2)).toEqual([])
})

describe('a decayed sum', () => {
  const today = day(TODAY)

  test.each([
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])('is the same to the last digit in any order of arrival: %i, %i, %i', (...order) => {
    // On days 0, 10 and 40, looked at on day 60.
    const fees = [
      [60, 50],
      [50, 20],
      [20, 100],
    ] as const
    const { value } = evaluate(feesAgo(...order.map((i) => fees[i]!)), today, DECAYED)
    expect(value).toBeCloseTo(81.795658, 6)
    expect(value).toBe(evaluate(feesAgo(...fees), today, DECAYED).value)
  })

  test.each<[number, number, number, string]>([
    [0, 80, 80, 'heavy'],
    [30, 80, 40, 'light'],
    [60, 80, 20, 'light'],
    [90, 80, 10, 'light'],
    [91, 80, 10 * 2 ** (-1 / 30), 'none'],
    [30, -80, -40, 'none'],
    [365, 8_000, 8_000 * 2 ** (-365 / 30), 'none'],
    [366, 1_000_000, 0, 'none'],
    [-1, 80, 0, 'none'],
  ])('%i days after %d: %d', (days, amount, value, band) => {
    const score = evaluate(feesAgo([days, amount]), today, DECAYED)
    expect(score.value).toBeCloseTo(value, 9)
    expect(score.band).toBe(band)
  })

  test('counts whole local days', () => {
    const events = ['00:00', '23:59:59.999'].map((time) => event('fee', ago(30, time), 40))
    expect(evaluate(addEvents(NO_SCORES, events, [DECAYED], TELCO.zone), today, DECAYED).value).toBe(40)
  })
})

describe('the next day that is in another band by time alone', () => {
  const rule = (change: Partial<ScoreRule>): ScoreRule => ({ ...DECAYED, weights: [], ...change })
  const recency = rule({
    kind: 'recency',
    days: Number.POSITIVE_INFINITY,
    steps: [
      { bound: 'atMost', limit: 3, score: 60 },
      { bound: 'atMost', limit: 7, score: 55 },
      { bound: 'above', limit: 30, score: 0 },
      { bound: 'atLeast', limit: 9, score: 20 },
      { bound: 'always', limit: 0, score: 10 },
    ],
  })
  const sum = rule({ kind: 'monetary', days: 10, steps: [{ bound: 'atLeast', limit: 100, score: 10 }] })
  const count = rule({ kind: 'frequency', days: 10, steps: [{ bound: 'atLeast', limit: 2, score: 10 }] })
  const engagement = rule({ kind: 'engagement', days: 10, bands: [{ from: 2, name: 'busy' }, BOUNDS[2]!] })

  test.each<[string, ScoreRule, [number, number][], number | null]>([
    ['recency: past a step of the same band', recency, [[0, 1]], 8],
    ['recency: on the last day before', recency, [[7, 1]], 1],
    ['recency: of two bounds the next one', recency, [[8, 1]], 23],
    [
      'recency: by the latest',
      recency,
      [
        [20, 1],
        [5, 1],
      ],
      3,
    ],
    ['recency: never again', recency, [[31, 1]], null],
    ['recency: never, without an event', recency, [], null],
    [
      'monetary: when the day that makes it leaves',
      sum,
      [
        [9, 30],
        [3, 40],
        [0, 40],
      ],
      1,
    ],
    [
      'monetary: a day that makes no difference',
      sum,
      [
        [9, 5],
        [3, 60],
        [0, 40],
      ],
      7,
    ],
    [
      'monetary: up, when what was taken leaves',
      sum,
      [
        [9, -50],
        [0, 120],
      ],
      1,
    ],
    ['monetary: never, below every bound', sum, [[9, 5]], null],
    ['monetary: never, without an event', sum, [], null],
    [
      'frequency',
      count,
      [
        [4, 1],
        [4, 1],
        [1, 1],
      ],
      6,
    ],
    [
      'engagement: distinct days',
      engagement,
      [
        [4, 1],
        [4, 1],
        [1, 1],
      ],
      6,
    ],
    ['decayed: the first day below a bound', DECAYED, [[0, 80]], 21],
    ['decayed: at a bound it still holds', DECAYED, [[31, 80]], 60],
    [
      'decayed: up, when a debt leaves its window',
      DECAYED,
      [
        [0, 30],
        [360, -100_000],
      ],
      6,
    ],
    ['decayed: never, in its last band', DECAYED, [[0, 9]], null],
  ])('%s', (_, score, fees, days) => {
    const state = feesAgo(...fees)
    expect(outlook(state, day(TODAY), score).next).toBe(days === null ? null : day(TODAY) + days)
  })
})

describe('pruning', () => {
  const today = day(TODAY)
  const only = (kind: ScoreRule['kind'], days: number): ScoreRule => ({ ...DECAYED, kind, days })
  const state = feesAgo([40, 1], [10, 2], [9, 3], [0, 4])
  const daysOf = (buckets: Buckets) => buckets.filter((_, i) => i % BUCKET === 0)
  const left = (rules: readonly ScoreRule[]) =>
    daysOf(prune(state, today, rules).types.fee ?? []).map((each) => today - each)

  test.each<[string, ScoreRule[], number[]]>([
    ['keeps a window, today included', [only('monetary', 10)], [9, 0]],
    ['keeps the widest of several', [only('monetary', 10), only('decayed', 11)], [10, 9, 0]],
    ['keeps the latest alone for recency', [only('recency', Number.POSITIVE_INFINITY)], [0]],
    ['keeps nothing of a type that nobody looks at', [], []],
  ])('%s', (_, rules, days) => {
    expect(left(rules)).toEqual(days)
  })

  test('keeps the latest day of recency, however long ago', () => {
    const rules = [only('recency', Number.POSITIVE_INFINITY), only('monetary', 10)]
    const old = feesAgo([400, 1], [300, 2])
    expect(daysOf(prune(old, today, rules).types.fee!)).toEqual([today - 300])
  })

  test('of activity goes by the scores that look at any type', () => {
    const any: ScoreRule = { ...only('engagement', 10), on: null }
    expect(daysOf(prune(state, today, [any]).activity)).toHaveLength(2)
    expect(prune(state, today, [only('monetary', 10)]).activity).toEqual([])
  })

  test('changes no score, today and later', () => {
    const rules = [DECAYED, only('monetary', 10), only('recency', Number.POSITIVE_INFINITY)].map(
      (each, i) => ({
        ...each,
        id: String(i),
        days: Math.min(each.days, 12),
        steps: [{ bound: 'always', limit: 0, score: 20 } as const],
      }),
    )
    for (const later of [0, 1, 2, 11, 12, 40]) {
      expect(evaluateScores(prune(state, today, rules), today + later, rules)).toEqual(
        evaluateScores(state, today + later, rules),
      )
    }
  })

  test('changes nothing in place, and copies nothing that stays', () => {
    const copy = structuredClone(state)
    prune(state, today, [only('monetary', 1)])
    expect(state).toEqual(copy)
    expect(prune(state, today, [DECAYED]).types.fee).toBe(state.types.fee)
  })
})
