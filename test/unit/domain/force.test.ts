import { expect, test } from 'vitest'
import { isInForce } from '#domain/force.ts'

const ALWAYS = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }

test.each([
  ['before its beginning', { from: 1_000, until: 2_000 }, 999, false],
  ['at its beginning', { from: 1_000, until: 2_000 }, 1_000, true],
  ['just before its end', { from: 1_000, until: 2_000 }, 1_999, true],
  ['at its end', { from: 1_000, until: 2_000 }, 2_000, false],
  ['long ago, where all of history counts', { ...ALWAYS, until: 2_000 }, -62_135_596_800_000, true],
  ['for ever, while it is open', { ...ALWAYS, from: 1_000 }, 253_402_300_799_999, true],
  ['at any time, where it has neither', ALWAYS, 0, true],
])('whether what happens %s counts', (_, force, instant, expected) => {
  expect(isInForce(force, instant)).toBe(expected)
})
