import { expect, test } from 'vitest'
import { outcomeOf } from '../../../apps/ops/audit.ts'

test.each([
  [200, true, 'done'],
  [204, true, 'done'],
  [303, true, 'done'],
  [403, true, 'refused'],
  [400, true, 'failed (400)'],
  [500, true, 'failed (500)'],
  // Whoever hangs up early may have had it done all the same.
  [200, false, 'unknown: the connection ended before the answer'],
])('the audit log calls status %i (answered: %s) %s', (status, isAnswered, outcome) => {
  expect(outcomeOf(status, isAnswered)).toBe(outcome)
})
