import { describe, expect, test } from 'vitest'
import { addBuckets, addToDay, type Buckets, indexFrom } from '#domain/bucket.ts'

const TWO: Buckets = [10, 1, 500, 12, 2, -30]

describe('a day that is added to', () => {
  test.each<[string, Buckets, [number, number, number], Buckets]>([
    ['is the first', [], [10, 1, 5], [10, 1, 5]],
    ['is the latest', TWO, [13, 1, 5], [...TWO, 13, 1, 5]],
    ['is there already, the latest', TWO, [12, 1, 5], [10, 1, 500, 12, 3, -25]],
    ['is there already, an earlier one', TWO, [10, 3, 0], [10, 4, 500, 12, 2, -30]],
    ['lies between', TWO, [11, 1, 5], [10, 1, 500, 11, 1, 5, 12, 2, -30]],
    ['is earlier than all', TWO, [-3, 1, 5], [-3, 1, 5, ...TWO]],
  ])('%s', (_, before, [day, count, sum], after) => {
    const buckets = [...before]
    addToDay(buckets, day, count, sum)
    expect(buckets).toEqual(after)
  })
})

test('both together are in order, and neither is changed', () => {
  const other: Buckets = [9, 1, 1, 12, 1, 30, 20, 5, 0]
  const copies = structuredClone([TWO, other])
  expect(addBuckets(TWO, other)).toEqual([9, 1, 1, 10, 1, 500, 12, 3, 0, 20, 5, 0])
  expect(addBuckets(other, TWO)).toEqual(addBuckets(TWO, other))
  expect([TWO, other]).toEqual(copies)
})

test.each([
  [Number.NEGATIVE_INFINITY, 0],
  [10, 0],
  [11, 3],
  [12, 3],
  [13, 6],
  [Number.POSITIVE_INFINITY, 6],
])('the first bucket from day %s on begins at %s', (day, index) => {
  expect(indexFrom(TWO, day)).toBe(index)
  expect(indexFrom([], day)).toBe(0)
})
