import { expect, test } from 'vitest'
import { comparePositions } from '#domain/position.ts'

const A = '0a000000-0000-8000-8000-000000000000'
const B = 'a0000000-0000-8000-8000-000000000000'

test.each([
  ['an earlier time comes first', { at: 1, identity: B }, { at: 2, identity: A }, -1],
  ['also before 1970', { at: -2, identity: B }, { at: -1, identity: A }, -1],
  ['of one time, the smaller identity', { at: 1, identity: A }, { at: 1, identity: B }, -1],
  ['the same is the same', { at: 1, identity: A }, { at: 1, identity: A }, 0],
])('%s', (_, first, second, sign) => {
  expect(Math.sign(comparePositions(first, second))).toBe(sign)
  expect(Math.sign(comparePositions(second, first))).toBe(sign === 0 ? 0 : -sign)
})

test('identities sort as their bytes do', () => {
  const identities = ['ff', '9f', 'a0', '00', '0a', '99'].map((byte) => `${byte}${A.slice(2)}`)
  const bytes = (identity: string) => Buffer.from(identity.replaceAll('-', ''), 'hex')
  expect(
    identities
      .map((identity) => ({ at: 0, identity }))
      .sort(comparePositions)
      .map(({ identity }) => identity),
  ).toEqual(identities.toSorted((a, b) => Buffer.compare(bytes(a), bytes(b))))
})
