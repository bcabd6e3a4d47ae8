import { describe, expect, test } from 'vitest'
import { type PeriodKind, periodKind } from '#domain/calendar.ts'
import { countRule } from '#domain/rules/count.ts'
import { course } from '../course.ts'
import { event, SCENE } from '../telco.ts'

const rule = (levels: readonly number[], per: PeriodKind) =>
  countRule('c', 'play', ({ value }) => value === null, levels, per)

const plays = (...times: readonly string[]) => times.map((time) => event('play', time))

describe('a count within a period', () => {
  test.each<[string, PeriodKind, string, string, string, string]>([
    ['day', 'day', '2026-11-23 23:59:59.999', '2026-11-24 00:00', '2026-11-23/1', '2026-11-24/1'],
    ['week', 'week', '2026-11-29 23:59:59.999', '2026-11-30 00:00', '2026-W48/1', '2026-W49/1'],
    ['month', 'month', '2026-11-30 23:59:59.999', '2026-12-01 00:00', '2026-11/1', '2026-12/1'],
    [
      'ten days',
      periodKind({ days: 10, starting: '2026-11-02' }),
      '2026-11-11 23:59:59.999',
      '2026-11-12 00:00',
      '2026-11-02..2026-11-11/1',
      '2026-11-12..2026-11-21/1',
    ],
  ])('of a %s begins anew with the next', (_, per, last, next, first, second) => {
    expect(course(rule([2], per), plays(last, last, next, next)).steps).toEqual([
      '',
      `+${first}`,
      '',
      `+${second}`,
    ])
  })

  test('reaches each level once a period', () => {
    const day = Array.from({ length: 5 }, () => '2026-11-23 09:00')
    const { steps, levels, receipts } = course(rule([2, 4], 'day'), plays(...day, '2026-11-24 09:00'))
    expect(steps).toEqual(['', '+2026-11-23/1', '', '+2026-11-23/2', '', ''])
    expect(levels).toEqual([0, 1, 1, 2, 2, 2])
    expect(receipts).toEqual([
      { matches: 2, period: '2026-11-23' },
      { matches: 4, period: '2026-11-23' },
    ])
  })

  test('counts what matches', () => {
    const events = [event('play', '2026-11-23 09:00', 5), ...plays('2026-11-23 10:00', '2026-11-23 11:00')]
    expect(course(rule([2], 'day'), events).steps).toEqual(['', '', '+2026-11-23/1'])
  })

  test('goes on where clocks go back over midnight', () => {
    const [first, second] = plays('2026-11-24 09:00', '2026-11-23 09:00')
    const { state } = rule([2], 'day').evolve(undefined, first!, SCENE)
    expect(rule([2], 'day').evolve(state, second!, SCENE).grants[0]?.occurrence).toBe('2026-11-24/1')
  })
})
