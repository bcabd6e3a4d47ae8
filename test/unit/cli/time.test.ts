import { expect, test } from 'vitest'
import { instant } from '../../../apps/cli/time.ts'

test.each([
  ['2026-01-31T08:00Z', Date.UTC(2026, 0, 31, 8)],
  ['2026-01-31T08:00:01.5+06:00', Date.UTC(2026, 0, 31, 2, 0, 1, 500)],
  ['2026-01-31', Date.UTC(2026, 0, 31)],
])('%s', (text, expected) => {
  expect(instant(text)).toBe(expected)
})

test.each(['2026-01-31T08:00', '2026-02-31', 'yesterday', '', '1769846400'])(
  '%s says what to write',
  (text) => {
    expect(() => instant(text)).toThrow(/with its zone/)
  },
)
