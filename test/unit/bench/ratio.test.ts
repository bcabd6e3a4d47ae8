import { describe, expect, it, test } from 'vitest'
import { better, brief, complaint, judge, middle, type Ratio } from '../../../bench/ratio.ts'

const higher = (value: number): Ratio => ({ name: 'Laurel ÷ a loop', better: 'higher', value })
const lower = (value: number): Ratio => ({ name: 'WAL', better: 'lower', value })

describe('a ratio is kept or lost', () => {
  test.each([
    ['as it was', higher(10), 10, 0, true],
    ['better', higher(15), 10, -0.5, true],
    ['worse by as much as noise may be', higher(8), 10, 0.2, true],
    ['worse by more', higher(7.9), 10, 0.21, false],
    ['lower is better: as it was', lower(2_000), 2_000, 0, true],
    ['lower is better: better', lower(1_000), 2_000, -0.5, true],
    ['lower is better: worse by as much as noise may be', lower(2_400), 2_000, 0.2, true],
    ['lower is better: worse by more', lower(2_500), 2_000, 0.25, false],
    ['gone to nothing', higher(0), 10, 1, false],
  ])('%s', (_, ratio, committed, loss, isKept) => {
    const [verdict, ...others] = judge([ratio], { [ratio.name]: committed })
    expect(others).toEqual([])
    expect(verdict).toMatchObject({ name: ratio.name, value: ratio.value, committed, isKept })
    expect(verdict!.loss).toBeCloseTo(loss, 10)
  })

  it('is not kept where it was never committed, or is measured no more', () => {
    const verdicts = judge([higher(10)], { WAL: 2_000 })
    expect(verdicts.map(({ name, isKept }) => [name, isKept])).toEqual([
      ['Laurel ÷ a loop', false],
      ['WAL', false],
    ])
  })
})

describe('two measures', () => {
  const [first, second] = [
    [higher(10), lower(2_000)],
    [lower(1_800), higher(9)],
  ]

  it('give the better of each', () => {
    expect(better(first!, second!)).toEqual([higher(10), lower(1_800)])
  })

  it('give the middle of each', () => {
    expect(middle(first!, second!)).toEqual([higher(9.5), lower(1_900)])
  })

  it('leave what only the first has', () => {
    expect(better([higher(10)], [])).toEqual([higher(10)])
    expect(middle([higher(10)], [])).toEqual([higher(10)])
  })
})

describe('what is wrong', () => {
  const complaints = (measured: readonly Ratio[], committed: Readonly<Record<string, number>>) =>
    judge(measured, committed).map(complaint)

  test.each([
    ['nothing', [higher(10)], { 'Laurel ÷ a loop': 10 }, [undefined]],
    ['lost', [higher(6)], { 'Laurel ÷ a loop': 10 }, ['Laurel ÷ a loop: 6 instead of 10, 40 % worse']],
    ['lost where lower is better', [lower(3_000)], { WAL: 2_000 }, ['WAL: 3000 instead of 2000, 50 % worse']],
    ['new', [lower(2_000)], {}, ['WAL: is 2000, and was never committed']],
    ['gone', [], { WAL: 2_000 }, ['WAL: is committed, and not measured any more']],
  ])('%s', (_, measured, committed, expected) => {
    expect(complaints(measured, committed)).toEqual(expected)
  })

  test.each([
    [1.23456, '1.23'],
    [0.41666, '0.417'],
    [14.28, '14.3'],
    [99.96, '100'],
    [2_031.7, '2032'],
  ])('%d is written as %s', (value, text) => {
    expect(brief(value)).toBe(text)
  })
})
