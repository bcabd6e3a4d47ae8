import { describe, expect, test } from 'vitest'
import { appliedTo, bucketOf } from '#domain/customer.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import type { Subject } from '#domain/subject.ts'
import { event, programWith } from './telco.ts'

const other = (value: string): Subject => ({ kind: 'other', value })
const msisdn = (value: string): Subject => ({ kind: 'msisdn', value })

describe('a bucket', () => {
  // Groups that somebody has drawn stay as they are: none of these may ever change.
  test.each<[Subject, number]>([
    [other(''), 29],
    [other('123'), 85],
    [msisdn('+8801700000042'), 41],
    [msisdn('+8801700000043'), 70],
    [{ kind: 'uuid', value: 'abcdefab-1111-4222-8333-444455556666' }, 17],
    [other('নাম'), 71],
  ])('of %j is %d', (subject, expected) => {
    expect(bucketOf(subject)).toBe(expected)
  })

  test('has as many customers as any other', () => {
    const counts = Array.from({ length: 100 }, () => 0)
    for (let i = 0; i < 100_000; i++) counts[bucketOf(msisdn(`+88017${String(i).padStart(8, '0')}`))]!++
    // Of 1,000 expected in each, five standard deviations are 157.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(157)
  })
})

describe('a program applied to a customer', () => {
  const TRIAL = programWith(`wallets: [points]
points:
  - { id: trial, on: recharge, when: customer.bucket < 50, amount: double(customer.bucket), wallet: points }`)

  const given = (...subjects: readonly Subject[]) =>
    foldAll(NEW_GAME, [event('recharge', '2026-11-02 09:00', 1)], appliedTo(TRIAL, subjects)).outcomes

  test('knows the bucket of the root of its subjects, in whatever order they are told', () => {
    const [low, high] = [other('a'), other('b')]
    const bucket = bucketOf(low)
    for (const subjects of [[low], [low, high], [high, low]])
      expect(appliedTo(TRIAL, subjects).customer).toMatchObject({ subjects, bucket })
  })

  test('gives by it', () => {
    const subjects = Array.from({ length: 200 }, (_, i) => other(`c${i}`))
    for (const subject of subjects) {
      const bucket = bucketOf(subject)
      const amounts = given(subject).map(({ amount }) => amount)
      expect(amounts).toEqual(bucket < 50 && bucket > 0 ? [bucket * 10_000] : [])
    }
  })

  test('fails where it looks at somebody, and applies to nobody', () => {
    expect(given()).toMatchObject([{ kind: 'failed', rule: 'trial', receipt: { error: expect.any(String) } }])
  })

  test('is the very same where it does not look at who somebody is', () => {
    const plain = programWith(
      'wallets: [points]\npoints: [{ id: p, on: recharge, amount: event.value, wallet: points }]',
    )
    expect(appliedTo(plain, [other('a')])).toBe(plain)
    expect(appliedTo(TRIAL, [other('a')])).not.toBe(TRIAL)
  })
})
