import { expect, test } from 'vitest'
import { type BundleAward, rewardRecord } from '#domain/bundle.ts'

const AWARD: BundleAward = {
  customerId: 42,
  rule: 'explorer',
  occurrence: '2026-W45/2/bundle/1GB-7D',
  revision: 3,
  live: true,
  at: Date.parse('2026-11-03T03:00:00Z'),
  receipt: { progress: 30_000, target: 30_000, bundle: '1GB-7D' },
  subjects: [
    { kind: 'msisdn', value: '+8801700000042' },
    { kind: 'other', value: '123' },
  ],
}

test('a record says whose bundle it is, by which completion, and how to tell it from another', () => {
  const { key, value } = rewardRecord(AWARD)
  expect(key).toBe('42')
  expect(JSON.parse(value)).toEqual({
    award: '42/explorer/2026-W45/2/bundle/1GB-7D',
    revision: 3,
    revoked: false,
    customer_ids: ['+8801700000042', '123'],
    mission: 'explorer',
    bundle: '1GB-7D',
    occurrence: '2026-W45/2',
    at: '2026-11-03T03:00:00.000Z',
  })
})

test('one of what was taken back says so', () => {
  expect(JSON.parse(rewardRecord({ ...AWARD, live: false }).value)).toMatchObject({ revoked: true })
})
