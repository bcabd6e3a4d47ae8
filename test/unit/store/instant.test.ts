import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromInstant, toInstant } from '#store/instant.ts'

test.each([
  ['2026-11-23 09:00:00.123+00', '2026-11-23T09:00:00.123Z'],
  ['2026-11-23 09:00:00+00', '2026-11-23T09:00:00.000Z'],
  ['2026-11-23 14:45:00.5+05:45', '2026-11-23T09:00:00.500Z'],
  ['1969-12-31 23:59:59.999+00', '1969-12-31T23:59:59.999Z'],
  ['0100-01-01 00:00:00+00', '0100-01-01T00:00:00.000Z'],
])('%s, as PostgreSQL writes it, is %s', (text, iso) => {
  expect(toInstant(fromInstant(text))).toBe(iso)
})

test('an instant is written as ISO 8601 has it, whichever were written before', () => {
  const END_OF_TIME = 8.64e15
  const near = fc.integer({ min: -3, max: 3 }).map((step) => 1_795_903_947_668 + step * 86_400_000 * 64)
  const instant = fc.oneof(
    near,
    fc.integer({ min: -END_OF_TIME, max: END_OF_TIME }),
    fc.double({ min: -1e14, max: 1e14, noNaN: true }),
  )
  fc.assert(
    fc.property(fc.array(instant), (all) => {
      expect(all.map(toInstant)).toEqual(all.map((ms) => new Date(ms).toISOString()))
    }),
  )
})

test.each([Number.NaN, 8.64e15 + 86_400_000, Number.POSITIVE_INFINITY])('there is no instant %d', (ms) => {
  expect(() => toInstant(ms)).toThrow(RangeError)
})
