import { describe, expect, test } from 'vitest'
import { REFUSED, SPEND } from '#domain/event.ts'
import { addEvents, addStates, NO_SCORES, type ScoreRule, type ScoreState } from '#domain/score.ts'
import { evaluateScores } from '#domain/score-measure.ts'
import { day, event, TELCO } from './telco.ts'

const TODAY = '2026-11-23'

/** A local time so many days before today. */
function ago(days: number, time = '12:00'): string {
  return `${new Date((day(TODAY) - days) * 86_400_000).toISOString().slice(0, 10)} ${time}`
}

function score(id: string, events: readonly ReturnType<typeof event>[]) {
  const state = addEvents(NO_SCORES, events, TELCO.scores, TELCO.zone)
  return evaluateScores(state, day(TODAY), TELCO.scores)[id]
}

const recharges = (count: number, value = 10) =>
  Array.from({ length: count }, () => event('recharge', ago(0), value))

describe('recency', () => {
  test.each([
    [0, 5, 'active'],
    [3, 5, 'active'],
    [4, 4, 'recent'],
    [7, 4, 'recent'],
    [8, 3, 'cooling'],
    [14, 3, 'cooling'],
    [15, 2, 'lapsing'],
    [30, 2, 'lapsing'],
    [31, 1, 'lapsed'],
    [5_000, 1, 'lapsed'],
  ])('%i days after the last recharge: %i', (days, value, band) => {
    const events = [event('recharge', ago(days), 10), event('recharge', ago(days + 40), 10)]
    expect(score('recency', events)).toEqual({ value, band })
  })

  test('goes by local days, not by hours', () => {
    expect(score('recency', [event('recharge', ago(3, '00:00'), 10)])?.value).toBe(5)
    expect(score('recency', [event('recharge', ago(4, '23:59:59.999'), 10)])?.value).toBe(4)
  })

  test('is zero where there was no recharge', () => {
    expect(score('recency', [])).toEqual({ value: 0, band: 'never' })
    expect(score('recency', [event('app_login', ago(1))])).toEqual({ value: 0, band: 'never' })
  })
})

test('recency before 1970, whose days JavaScript does not keep in order', () => {
  const events = [event('recharge', '1969-12-30 12:00', 10), event('recharge', '1969-12-01 12:00', 10)]
  const state = addEvents(NO_SCORES, events, TELCO.scores, TELCO.zone)
  expect(evaluateScores(state, day('1969-12-31'), TELCO.scores).recency?.value).toBe(5)
})

describe('frequency', () => {
  test.each([
    [0, 0, 'none'],
    [1, 1, 'rare'],
    [2, 2, 'occasional'],
    [3, 2, 'occasional'],
    [4, 3, 'regular'],
    [7, 3, 'regular'],
    [8, 4, 'frequent'],
    [11, 4, 'frequent'],
    [12, 5, 'very-frequent'],
    [200, 5, 'very-frequent'],
  ])('of %i recharges: %i', (count, value, band) => {
    expect(score('frequency', recharges(count))).toEqual({ value, band })
  })

  test.each([
    [89, '00:00', 1],
    [90, '23:59:59.999', 0],
    [0, '23:59:59.999', 1],
  ])('a recharge %i days ago at %s counts %i', (days, time, value) => {
    expect(score('frequency', [event('recharge', ago(days, time), 10)])?.value).toBe(value)
  })
})

describe('monetary', () => {
  test.each([
    [0, 0, 'none'],
    [0.0001, 1, 'minimal'],
    [199.9999, 1, 'minimal'],
    [200, 2, 'low'],
    [499.9999, 2, 'low'],
    [500, 3, 'medium'],
    [999.9999, 3, 'medium'],
    [1000, 4, 'high'],
    [1999.9999, 4, 'high'],
    [2000, 5, 'premium'],
    [1_000_000_000, 5, 'premium'],
  ])('of %d: %i', (sum, value, band) => {
    expect(score('monetary', [event('recharge', ago(1), sum)])).toEqual({ value, band })
  })

  test('adds up to the last digit', () => {
    const tenths = Array.from({ length: 2_000 }, () => event('recharge', ago(1), 0.1))
    expect(score('monetary', tenths)?.value).toBe(2)
    expect(score('monetary', tenths.slice(1))?.value).toBe(1)
  })

  test.each([
    [89, '00:00', 2],
    [90, '23:59:59.999', 0],
  ])('a recharge %i days ago at %s: %i', (days, time, value) => {
    expect(score('monetary', [event('recharge', ago(days, time), 200)])?.value).toBe(value)
  })

  test('a recharge without a value adds nothing', () => {
    expect(score('monetary', [event('recharge', ago(1))])?.value).toBe(0)
  })
})

describe('engagement', () => {
  test('counts distinct local days with any event, today and 29 before', () => {
    const events = [
      event('app_login', ago(0, '00:00')),
      event('app_login', ago(0, '23:59:59.999')),
      event('something_unknown', ago(29, '00:00')),
      event('recharge', ago(30, '23:59:59.999'), 10),
    ]
    expect(score('engagement', events)).toEqual({ value: 2, band: 'occasional' })
  })

  test.each([
    [0, 'dormant'],
    [1, 'occasional'],
    [7, 'occasional'],
    [8, 'weekly'],
    [19, 'weekly'],
    [20, 'daily'],
    [30, 'daily'],
  ])('%i days are called %s', (days, band) => {
    const events = Array.from({ length: days }, (_, i) => event('app_login', ago(i)))
    expect(score('engagement', events)).toEqual({ value: days, band })
  })

  test('of one type looks at that type alone', () => {
    const rule: ScoreRule = { ...TELCO.scores[3]!, on: 'app_login' }
    const events = [event('app_login', ago(0)), event('app_login', ago(5)), event('recharge', ago(1), 10)]
    const state = addEvents(NO_SCORES, events, [rule], TELCO.zone)
    expect(evaluateScores(state, day(TODAY), [rule]).engagement?.value).toBe(2)
  })
})

describe('as of a day', () => {
  const events = [event('recharge', ago(-1, '00:00'), 5_000), event('recharge', ago(10), 10)]

  test('later days do not count', () => {
    expect(['recency', 'frequency', 'monetary', 'engagement'].map((id) => score(id, events)?.value)).toEqual([
      3, 1, 1, 1,
    ])
  })

  test('the same state answers for any of them', () => {
    const state = addEvents(NO_SCORES, events, TELCO.scores, TELCO.zone)
    const at = (date: string) => evaluateScores(state, day(date), TELCO.scores).recency?.value
    expect([at('2026-11-12'), at('2026-11-13'), at('2026-11-23'), at('2026-11-24')]).toEqual([0, 5, 3, 5])
  })
})

test('the lowest band holds for everything below it', () => {
  const rule: ScoreRule = {
    ...TELCO.scores[1]!,
    bands: [
      { from: 5, name: 'high' },
      { from: 2, name: 'low' },
    ],
  }
  expect(evaluateScores(NO_SCORES, day(TODAY), [rule]).frequency).toEqual({ value: 0, band: 'low' })
})

describe('the state', () => {
  const zone = TELCO.zone

  test('holds counts and sums by local day', () => {
    const events = [
      event('recharge', '2026-11-23 00:00', 50.5),
      event('recharge', '2026-11-23 23:59:59.999'),
      event('app_login', '2026-11-24 00:00'),
    ]
    expect(addEvents(NO_SCORES, events, TELCO.scores, zone)).toEqual({
      activity: [day('2026-11-23'), 2, 0, day('2026-11-24'), 1, 0],
      types: { recharge: [day('2026-11-23'), 2, 505_000] },
    })
  })

  test('is not changed in place', () => {
    const before = addEvents(NO_SCORES, recharges(1), TELCO.scores, zone)
    const copy = structuredClone(before)
    addEvents(before, recharges(3), TELCO.scores, zone)
    expect(before).toEqual(copy)
    expect(NO_SCORES).toEqual({ activity: [], types: {} })
  })
})

test('what Laurel itself writes is no activity', () => {
  const events = [event(SPEND, ago(0), 5), event(REFUSED, ago(0), 5)]
  expect(addEvents(NO_SCORES, events, TELCO.scores, TELCO.zone)).toEqual(NO_SCORES)
})

describe('two states together', () => {
  const one: ScoreState = {
    activity: [1, 2, 0, 2, 1, 0],
    types: { recharge: [1, 2, 500, 2, 1, 7] },
  }

  test.each<[string, ScoreState, ScoreState, ScoreState]>([
    ['nothing and nothing', NO_SCORES, NO_SCORES, NO_SCORES],
    ['something and nothing', one, NO_SCORES, one],
    [
      'other days',
      one,
      { activity: [3, 4, 0], types: { recharge: [3, 4, 1] } },
      { activity: [1, 2, 0, 2, 1, 0, 3, 4, 0], types: { recharge: [1, 2, 500, 2, 1, 7, 3, 4, 1] } },
    ],
    [
      'the same days, added up',
      one,
      { activity: [1, 5, 0], types: { recharge: [1, 3, -600] } },
      { activity: [1, 7, 0, 2, 1, 0], types: { recharge: [1, 5, -100, 2, 1, 7] } },
    ],
    [
      'another type on the same day',
      one,
      { activity: [2, 1, 0], types: { fee: [2, 1, 9] } },
      { activity: [1, 2, 0, 2, 2, 0], types: { recharge: [1, 2, 500, 2, 1, 7], fee: [2, 1, 9] } },
    ],
    [
      'days before 1970',
      { activity: [-1, 1, 0], types: {} },
      { activity: [-1, 1, 0, 0, 1, 0], types: {} },
      { activity: [-1, 2, 0, 0, 1, 0], types: {} },
    ],
  ])('are %s, whichever is the first', (_, a, b, sum) => {
    const copies = structuredClone([a, b])
    expect(addStates(a, b)).toEqual(sum)
    expect(addStates(b, a)).toEqual(sum)
    expect([a, b]).toEqual(copies)
  })

  test('are the state of the events of both', () => {
    const events = [...recharges(3), event('app_login', ago(1)), event('recharge', ago(1), -5)]
    const stateOf = (some: typeof events) => addEvents(NO_SCORES, some, TELCO.scores, TELCO.zone)
    for (let i = 0; i <= events.length; i++) {
      expect(addStates(stateOf(events.slice(0, i)), stateOf(events.slice(i)))).toEqual(stateOf(events))
    }
  })
})
