import { describe, expect, test } from 'vitest'
import { everyRule } from '#domain/rules/every.ts'
import { course } from '../course.ts'
import { event, instant } from '../telco.ts'

/** So many logins a minute apart, from the source that the rule asks for or from another one. */
const logins = (sources: string) =>
  [...sources].map((source, i) => ({
    ...event('app_login', `2026-11-02 09:${String(i).padStart(2, '0')}`),
    source,
  }))

const rule = (levels: readonly number[], once = false) =>
  everyRule('e', 'app_login', ({ source }) => source === 'a', levels, once)

describe('a badge for every so many matches', () => {
  test.each<[string, number[], boolean, string, string[]]>([
    ['comes with each of them', [3], false, 'aaaaaaa', ['', '', '+3', '', '', '+6', '']],
    ['comes with each where one is enough', [1], false, 'aaa', ['+1', '+2', '+3']],
    ['is not broken by what does not match', [2], false, 'axxaxa', ['', '', '', '+2', '', '']],
    [
      'has levels that share a run, which the highest ends',
      [2, 3],
      false,
      'aaaaaa',
      ['', '+2', '+3', '', '+5', '+6'],
    ],
    ['comes once, a level each', [2, 3], true, 'aaaaaaa', ['', '+1', '+2', '', '', '', '']],
    ['comes once of a single level', [2], true, 'aaaaa', ['', '+1', '', '', '']],
  ])('%s', (_, levels, once, sources, steps) => {
    expect(course(rule(levels, once), logins(sources)).steps).toEqual(steps)
  })

  test('says how many matches, and when the run began and ended', () => {
    const [run, end] = ['2026-11-02 09:02', '2026-11-02 09:04'].map(instant)
    const { receipts } = course(rule([2]), logins('aaaxa'))
    expect(receipts[1]).toEqual({ matches: 2, startedAt: run, endedAt: end })
  })

  test('tells the highest level that any run has reached', () => {
    expect(course(rule([2, 3]), logins('aaaaaa')).levels).toEqual([0, 1, 2, 2, 2, 2])
    expect(course(rule([1]), logins('xa')).levels).toEqual([0, 1])
  })

  test('keeps nothing of what comes after the only run', () => {
    const { state } = course(rule([2], true), logins('aa'))
    const [later] = logins('a')
    expect(course(rule([2], true), [...logins('aa'), later!]).state).toEqual(state)
  })
})
