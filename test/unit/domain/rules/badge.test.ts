import { describe, expect, test } from 'vitest'
import { event, programWith } from '../telco.ts'

const badge = (settings: string) =>
  programWith(`wallets: [points]\nbadges:\n  - { id: b, on: fee, ${settings} }`)

/** What is wrong with a badge of these settings, without the file and the place in it. */
function mistakes(settings: string): string[] {
  try {
    badge(settings)
    return []
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .map((line) => line.replace(/^program.yaml:\d+:\d+ badges\.0\.?/, ''))
  }
}

describe('a mistake says what to write instead', () => {
  test.each<[string, string]>([
    [
      'kind: every',
      'program.yaml:5:5 badges.b: how many matches it takes is missing: write count: 3, or levels: [3, 10] for several levels',
    ],
    [
      'kind: streak, count: 3, levels: [3]',
      'program.yaml:5:44 badges.b.count: count and levels say the same thing twice: leave count out, and keep levels',
    ],
    [
      'kind: streak, count: 3, consecutive: false',
      'program.yaml:5:60 badges.b.consecutive: matches that need not be consecutive are a streak only within a time: add within: { days: 7 }, or use kind: every',
    ],
    [
      'kind: streak, count: 3, within: 7',
      'program.yaml:5:55 badges.b.within: expected { days: 7 } or { hours: 12 }, got 7',
    ],
    [
      'kind: streak, count: 3, within: { days: 1, hours: 2 }',
      'program.yaml:5:55 badges.b.within: expected { days: 7 } or { hours: 12 }, got { days: 1, hours: 2 }',
    ],
    [
      'kind: streak, count: 31, within: { days: 7 }',
      'program.yaml:5:44 badges.b.count: within a time, a streak has at most 30 matches, got 31: use kind: count for more of them within a calendar period',
    ],
    [
      'kind: streak, levels: [3, 31], within: { days: 7 }',
      'program.yaml:5:45 badges.b.levels: within a time, a streak has at most 30 matches, got 31: use kind: count for more of them within a calendar period',
    ],
    [
      'kind: count, count: 3, per: year',
      'program.yaml:5:51 badges.b.per: expected day, week, month, or { days: 10, starting: 2026-11-02 }, got year',
    ],
    [
      'kind: count, count: 3, per: { days: 10, starting: 2026-02-30 }',
      "program.yaml:5:73 badges.b.per.starting: expected a day that exists, such as 2026-11-02, got '2026-02-30'",
    ],
    [
      'kind: periods, per: day, count: 1, sum: 5, levels: [2]',
      'program.yaml:5:63 badges.b.sum: a period counts its events or sums them up: leave count or sum out',
    ],
    [
      'kind: periods, per: day, levels: [2], consecutive: false',
      'program.yaml:5:74 badges.b.consecutive: periods that need not be consecutive are so many of the last ones: add within: 6',
    ],
    [
      'kind: periods, per: day, levels: [2], within: 6',
      'program.yaml:5:69 badges.b.within: within belongs to periods that need not be consecutive: add consecutive: false, or leave it out',
    ],
    [
      'kind: periods, per: day, levels: [2], within: 6, consecutive: false, freezes: 1',
      'program.yaml:5:101 badges.b.freezes: freezes belong to consecutive periods: leave freezes out, or consecutive: false',
    ],
    [
      'kind: periods, per: day, levels: [2, 4], within: 3, consecutive: false',
      'program.yaml:5:72 badges.b.within: 3 periods cannot hold 4 of them: expected within to be at least the highest level',
    ],
  ])('%s', (settings, mistake) => {
    expect(mistakes(settings)).toEqual([mistake])
  })

  test.each([
    'kind: streak, count: 30, within: { days: 0.5 }',
    'kind: streak, count: 31',
    'kind: count, levels: [3], per: { days: 10 }',
    'kind: periods, per: week, levels: [2, 6], within: 6, consecutive: false',
    'kind: periods, per: week, levels: [60], freezes: 2, sum: 0.5',
  ])('and there is none in %s', (settings) => {
    expect(mistakes(settings)).toEqual([])
  })
})

describe('what a file says is what the rule does', () => {
  /** What so many fees of 5, on consecutive days at nine, win. */
  const won = (settings: string, ...times: readonly string[]) => {
    const [rule] = badge(settings).rulesByType.get('fee')!
    let state: unknown
    return times.map((time) => {
      const evolution = rule!.evolve(state, event('fee', `2026-11-${time}`, 5), {
        zone: badge(settings).zone,
      } as never)
      state = evolution.state
      return evolution.grants.length
    })
  }

  test.each<[string, string[], number[]]>([
    ['kind: every, count: 2', ['02 09:00', '02 09:00', '02 09:00', '02 09:00'], [0, 1, 0, 1]],
    ['kind: every, count: 2, once: true', ['02 09:00', '02 09:00', '02 09:00', '02 09:00'], [0, 1, 0, 0]],
    ['kind: streak, count: 2, when: event.value > 5.0', ['02 09:00', '02 09:00'], [0, 0]],
    [
      'kind: streak, count: 2, within: { hours: 1.5 }',
      ['02 09:00', '02 10:30', '02 12:00:00.001'],
      [0, 1, 0],
    ],
    [
      'kind: streak, count: 2, within: { days: 2 }',
      ['02 09:00', '04 09:00:00.001', '06 09:00:00.001'],
      [0, 0, 1],
    ],
    ['kind: streak, count: 1, once: true', ['02 09:00', '02 10:30'], [1, 0]],
    [
      'kind: count, count: 1, per: { days: 2, starting: 2026-11-03 }',
      ['02 09:00', '03 09:00', '04 09:00'],
      [1, 1, 0],
    ],
    ['kind: periods, per: day, levels: [2]', ['02 09:00', '03 09:00'], [0, 1]],
    ['kind: periods, per: day, levels: [2], count: 2', ['02 09:00', '03 09:00'], [0, 0]],
    ['kind: periods, per: day, levels: [1], sum: 10', ['02 09:00', '02 09:00'], [0, 1]],
    ['kind: periods, per: day, levels: [2], freezes: 1', ['02 09:00', '04 09:00'], [0, 1]],
    [
      'kind: periods, per: day, levels: [2], consecutive: false, within: 3',
      ['02 09:00', '04 09:00', '06 09:00', '09 09:00'],
      [0, 1, 0, 0],
    ],
    ['kind: periods, per: day, levels: [1], once: true', ['02 09:00', '03 09:00'], [1, 0]],
  ])('%s', (settings, times, expected) => {
    expect(won(settings, ...times)).toEqual(expected)
  })
})
