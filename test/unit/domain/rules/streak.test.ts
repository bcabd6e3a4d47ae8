import { describe, expect, test } from 'vitest'
import { type StreakOptions, streakRule } from '#domain/rules/streak.ts'
import { course } from '../course.ts'
import { event, instant } from '../telco.ts'

const HOUR = 3_600_000
const ANY: StreakOptions = { levels: [3], within: null, consecutive: true, once: false }

const rule = (options: Partial<StreakOptions>) =>
  streakRule('s', 'play', ({ value }) => (value ?? 0) >= 500_000, { ...ANY, ...options })

/** Plays with these values, an hour apart. */
const plays = (...values: readonly number[]) =>
  values.map((value, i) => event('play', `2026-11-02 ${String(i).padStart(2, '0')}:00`, value))

describe('a streak', () => {
  test.each<[string, Partial<StreakOptions>, number[], string[]]>([
    [
      'is broken by an event that does not match',
      {},
      [57, 83, 34, 75, 99, 62],
      ['', '', '', '', '', '+#4/1'],
    ],
    ['ends with its highest level', {}, [50, 50, 50, 50, 50, 50], ['', '', '+#1/1', '', '', '+#4/1']],
    ['has not begun while nothing matches', {}, [1, 2, 50, 50, 50], ['', '', '', '', '+#3/1']],
    [
      'has levels that share its start',
      { levels: [2, 4] },
      [50, 50, 50, 50, 50, 50],
      ['', '+#1/1', '', '+#1/2', '', '+#5/1'],
    ],
    [
      'reaches its first level anew after a break',
      { levels: [2, 4] },
      [50, 50, 50, 1, 50, 50],
      ['', '+#1/1', '', '', '', '+#5/1'],
    ],
    [
      'comes once, a level each',
      { levels: [2, 3], once: true },
      [50, 50, 1, 50, 50, 50, 50, 50, 50],
      ['', '+1', '', '', '', '+2', '', '', ''],
    ],
    ['of one match', { levels: [1] }, [50, 1, 50], ['+#1/1', '', '+#3/1']],
  ])('%s', (_, options, values, steps) => {
    expect(course(rule(options), plays(...values)).steps).toEqual(steps)
  })

  test('says when it began and ended', () => {
    const { receipts } = course(rule({}), plays(57, 83, 34, 75, 99, 62))
    const [startedAt, endedAt] = ['2026-11-02 03:00', '2026-11-02 05:00'].map(instant)
    expect(receipts).toEqual([{ matches: 3, startedAt, endedAt }])
  })

  test('tells the highest level that any has reached', () => {
    const { levels } = course(rule({ levels: [1, 2] }), plays(1, 50, 50, 50, 1))
    expect(levels).toEqual([0, 1, 2, 2, 2])
  })

  test('leaves the state alone where there is nothing to break', () => {
    const broken = course(rule({}), plays(50, 1)).state
    expect(course(rule({}), plays(50, 1, 1, 1)).state).toEqual(broken)
    expect(course(rule({}), plays(1)).state).toBeUndefined()
  })
})

/** Plays at these hours after midnight, to the millisecond, each with a value; 50 where there is none. */
const at = (...all: readonly (number | [hours: number, value: number])[]) =>
  all.map((each) => {
    const [hours, value] = typeof each === 'number' ? [each, 50] : each
    return { ...event('play', '2026-11-02 00:00', value), at: instant('2026-11-02 00:00') + hours * HOUR }
  })

const MS = 1 / HOUR

describe('a streak within a time', () => {
  const WITHIN: Partial<StreakOptions> = { within: 10 * HOUR }

  test.each<[string, Partial<StreakOptions>, (number | [number, number])[], string[]]>([
    ['includes its end', WITHIN, [0, 1, 10], ['', '', '+#1/1']],
    ['ends there', WITHIN, [0, 1, 10 + MS], ['', '', '']],
    ['goes on with the matches that are within it', WITHIN, [0, 9, 11, 12], ['', '', '', '+#2/1']],
    [
      'is broken by an event that does not match',
      WITHIN,
      [0, 1, [2, 1], 3, 4, 5],
      ['', '', '', '', '', '+#4/1'],
    ],
    [
      'is not broken where matches need not be consecutive',
      { ...WITHIN, consecutive: false },
      [0, 1, [2, 1], 3],
      ['', '', '', '+#1/1'],
    ],
    ['counts several at once', WITHIN, [0, 0, 0, 0, 0, 0], ['', '', '+#1/1', '', '', '+#4/1']],
    [
      'reaches each level once in a run, however the window slides',
      { ...WITHIN, levels: [2, 4] },
      [0, 5, 12, 18, 25, 26, 27],
      ['', '+#1/1', '', '', '', '', '+#1/2'],
    ],
    [
      'is another one where none is left within it',
      { ...WITHIN, levels: [2, 4] },
      [0, 5, 15 + MS, 16],
      ['', '+#1/1', '', '+#3/1'],
    ],
    [
      'ends with its highest level, and shares no match with the next',
      { ...WITHIN, levels: [2, 3] },
      [0, 1, 2, 3, 4],
      ['', '+#1/1', '+#1/2', '', '+#4/1'],
    ],
    [
      'comes once, a level each',
      { ...WITHIN, levels: [2, 3], once: true },
      [0, 1, 20, 21, 22, 23],
      ['', '+1', '', '', '+2', ''],
    ],
  ])('%s', (_, options, events, steps) => {
    expect(course(rule(options), at(...events)).steps).toEqual(steps)
  })

  test('says between which matches it lies', () => {
    const { receipts } = course(rule({ ...WITHIN, levels: [2, 3] }), at(0, 5, 12, 13))
    const start = instant('2026-11-02 00:00')
    expect(receipts).toEqual([
      { matches: 2, startedAt: start, endedAt: start + 5 * HOUR },
      { matches: 3, startedAt: start + 5 * HOUR, endedAt: start + 13 * HOUR },
    ])
  })

  test('keeps no more matches than the highest level takes', () => {
    const { state } = course(rule({ ...WITHIN, levels: [2, 4] }), at(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6))
    expect(state?.window).toHaveLength(3)
    expect(course(rule({ ...WITHIN }), at(0, [1, 1])).state?.window).toEqual([])
  })
})
