import { describe, expect, test } from 'vitest'
import { currentLength, dayStreakRule, type Streak } from '#domain/rules/day-streak.ts'
import { day, event, instant, SCENE, TELCO } from '../telco.ts'

const anyLogin = dayStreakRule('login-streak', 'app_login', () => true, [3, 5])

function run(
  rule: typeof anyLogin,
  times: readonly string[],
): { levels: number[]; state: Streak | undefined } {
  let state: Streak | undefined
  const levels = times.map((time) => {
    const evolution = rule.evolve(state, event('app_login', time), SCENE)
    state = evolution.state
    return evolution.grants[0]?.level ?? 0
  })
  return { levels, state }
}

const days = (...numbers: number[]) =>
  numbers.map((number) => `2026-11-${String(number).padStart(2, '0')} 09:00`)

describe('levels', () => {
  test.each<[string, string[], number[]]>([
    ['come with the day that brings the run to its length', days(1, 2, 3, 4, 5, 6), [0, 0, 1, 0, 2, 0]],
    ['count a day once', days(1, 1, 2, 2, 3, 3), [0, 0, 0, 0, 1, 0]],
    ['begin anew after a day without', days(1, 2, 4, 5, 6), [0, 0, 0, 0, 1]],
    ['come once for ever', days(1, 2, 3, 10, 11, 12, 13, 14), [0, 0, 1, 0, 0, 0, 0, 2]],
    ['end with the last one', days(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), [0, 0, 1, 0, 2, 0, 0, 0, 0, 0]],
    ['go by local days', ['2026-11-01 00:00', '2026-11-02 23:59:59.999', '2026-11-03 00:00'], [0, 0, 1]],
    ['go over the turn of a year', ['2026-12-30 09:00', '2026-12-31 09:00', '2027-01-01 09:00'], [0, 0, 1]],
  ])('%s', (_, times, expected) => {
    expect(run(anyLogin, times).levels).toEqual(expected)
  })

  test('of one day and two', () => {
    expect(
      run(
        dayStreakRule('x', 'app_login', () => true, [1, 2]),
        days(1, 2, 3),
      ).levels,
    ).toEqual([1, 2, 0])
  })
})

test('a day whose events do not meet the condition does not count', () => {
  const mornings = dayStreakRule('x', 'app_login', ({ at }) => at % 86_400_000 < 43_200_000, [3])
  const times = ['2026-11-01 09:00', '2026-11-02 23:00', '2026-11-03 09:00', '2026-11-04 09:00']
  expect(run(mornings, times).levels).toEqual([0, 0, 0, 0])
  expect(run(mornings, [...times, '2026-11-05 09:00']).levels).toEqual([0, 0, 0, 0, 1])
})

test('the grant says how long the run is and where it ends', () => {
  const { state } = run(anyLogin, days(1, 2))
  expect(anyLogin.evolve(state, event('app_login', '2026-11-03 09:00'), SCENE)).toEqual({
    state: { last: day('2026-11-03'), length: 3, level: 1 },
    grants: [
      {
        kind: 'badge',
        occurrence: '1',
        level: 1,
        wallet: null,
        amount: 0,
        availableAt: null,
        receipt: { days: 3, lastDay: day('2026-11-03') },
      },
    ],
  })
})

describe('the run as people see it', () => {
  const { state } = run(anyLogin, days(1, 2, 3, 4))

  test.each([
    ['2026-11-04 09:00', 4],
    ['2026-11-05 23:59:59.999', 4],
    ['2026-11-06 00:00', 0],
  ])('at %s it is %i days long', (time, length) => {
    expect(currentLength(state, instant(time), TELCO.zone)).toBe(length)
  })

  test('is nothing before the first', () => {
    expect(currentLength(undefined, instant('2026-11-04 09:00'), TELCO.zone)).toBe(0)
  })
})

test('the level held is the highest that any run has reached', () => {
  const { state } = run(anyLogin, days(1, 2, 3, 5))
  expect(anyLogin.level!(state!)).toBe(1)
})
