import { expect, test } from 'vitest'
import { batchLabel } from '#queue/jobs.ts'

test.each([
  ['1200', '1699', 500, 'billing-events/2 · 1200–1699 · 500'],
  [1200, 1699, 500, 'billing-events/2 · 1200–1699 · 500'],
  ['7', '7', 1, 'billing-events/2 · 7 · 1'],
  [0, 0, 1, 'billing-events/2 · 0 · 1'],
  ['9007199254740993', '9007199254740994', 2, 'billing-events/2 · 9007199254740993–9007199254740994 · 2'],
])('the batch from %s to %s is labelled', (firstOffset, lastOffset, messages, label) => {
  expect(batchLabel({ topic: 'billing-events', partition: 2, firstOffset, lastOffset, messages })).toBe(label)
})
