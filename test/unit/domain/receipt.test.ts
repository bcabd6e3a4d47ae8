import { expect, test } from 'vitest'
import type { Receipt } from '#domain/outcome.ts'
import { readReceipt } from '#domain/receipt.ts'
import { day } from './telco.ts'

test.each<[string, Receipt, Record<string, number | string>]>([
  ['nothing', {}, {}],
  [
    'points, and what they were cut by',
    { value: 505_000, full: 1_000_000, cap: 1_000_000, before: 300_001 },
    { value: 50.5, full: 100, cap: 100, before: 30.0001 },
  ],
  ['a streak', { days: 30, lastDay: day('2026-11-23') }, { days: 30, lastDay: '2026-11-23' }],
  [
    'a band',
    { score: 'recency', value: -40_000, day: day('2026-11-23') },
    { score: 'recency', value: -4, day: '2026-11-23' },
  ],
  ['what expired or matured', { day: day('2026-12-03') }, { day: '2026-12-03' }],
  [
    'the first day of all, and one before',
    { day: 0, lastDay: -1 },
    { day: '1970-01-01', lastDay: '1969-12-31' },
  ],
  ['a day that is a name already', { day: '2026-12-03' }, { day: '2026-12-03' }],
  ['a mission', { progress: 51_215_000, target: 51_200_000 }, { progress: 5121.5, target: 5120 }],
  [
    'a mission of several objectives',
    { reached: 1, needed: 2, objective1: '2 of 3', objective2: '0 of 5' },
    { reached: 1, needed: 2, objective1: '2 of 3', objective2: '0 of 5' },
  ],
  ['a sum', { sum: 0, target: 1_000_000 }, { sum: 0, target: 100 }],
  [
    'a streak of matches',
    { matches: 3, startedAt: 0, endedAt: Date.parse('2026-11-23T03:00:00Z') },
    { matches: 3, startedAt: '1970-01-01T00:00:00.000Z', endedAt: '2026-11-23T03:00:00.000Z' },
  ],
  [
    'periods',
    { periods: 4, firstPeriod: '2026-W45', lastPeriod: '2026-W48', matches: 2, needed: 2 },
    { periods: 4, firstPeriod: '2026-W45', lastPeriod: '2026-W48', matches: 2, needed: 2 },
  ],
  [
    'a tier',
    { name: 'gold', earned: 3_500_000, target: 3_000_000, period: '2026-08' },
    { name: 'gold', earned: 350, target: 300, period: '2026-08' },
  ],
  ['a fall to a lower tier', { name: 'silver', fallen: 'gold' }, { name: 'silver', fallen: 'gold' }],
  ['a spend', { reason: '10000', by: 'shop' }, { reason: '10000', by: 'shop' }],
  ['what failed', { error: 'No such key: share' }, { error: 'No such key: share' }],
])('of %s is read in words, days and the event’s own unit', (_, receipt, read) => {
  const copy = { ...receipt }
  expect(readReceipt(receipt)).toEqual(read)
  expect(receipt).toEqual(copy)
})
