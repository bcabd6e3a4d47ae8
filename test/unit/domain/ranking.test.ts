import { expect, test } from 'vitest'
import { ranked } from '#domain/ranking.ts'
import { identity } from './telco.ts'

const entrant = (customerId: number, total: number, at: number, number = customerId) => {
  return { customerId, total, at, identity: identity(number) }
}

test.each<[string, ReturnType<typeof entrant>[], [rank: number, customer: number][]]>([
  ['nobody', [], []],
  [
    '90, 80, 80, 70: the earlier 80 first',
    [entrant(4, 70, 1), entrant(3, 80, 30), entrant(1, 90, 5), entrant(2, 80, 20)],
    [
      [1, 1],
      [2, 2],
      [2, 3],
      [4, 4],
    ],
  ],
  [
    'equals at one instant: by the event, then by the customer',
    [entrant(1, 5, 1, 9), entrant(3, 5, 1, 8), entrant(2, 5, 1, 8)],
    [
      [1, 2],
      [1, 3],
      [1, 1],
    ],
  ],
  ['zero and below: unranked', [entrant(1, 0, 1), entrant(2, -5, 1), entrant(3, 1, 1)], [[1, 3]]],
])('ranks %s', (_, totals, expected) => {
  expect(ranked(totals).map(({ rank, customerId }) => [rank, customerId])).toEqual(expected)
})
