import { expect, test } from 'vitest'
import { enumerated, meant, nearest } from '#domain/nearest.ts'

const NAMES = ['recharge-points', 'first-recharge', 'points', 'coins', 'day']

test.each<[string, string | undefined]>([
  ['recharge-point', 'recharge-points'],
  ['recharge_points', 'recharge-points'],
  ['Points', 'points'],
  ['pionts', 'points'],
  ['dya', 'day'],
  ['da', 'day'],
  ['gold', undefined],
  ['', undefined],
  ['year', undefined],
])('%j is meant as %s', (written, name) => {
  expect(nearest(written, NAMES)).toBe(name)
})

test('a list is told where no name comes near', () => {
  expect(meant('pionts', ['points'])).toBe('Did you mean points?')
  expect(meant('gold', ['points'])).toBe('There is points.')
  expect(meant('gold', ['points', 'coins'])).toBe('There are points and coins.')
  expect(meant('gold', [])).toBe('There are none yet.')
  const many = Array.from({ length: 23 }, (_, i) => `n${i}`)
  expect(enumerated(many, 'or')).toMatch(/^n0, .*, n19 or 3 more$/)
})
