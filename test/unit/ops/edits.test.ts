import { describe, expect, test } from 'vitest'
import type { FailedEventJob } from '#queue/jobs.ts'
import { objectionTo } from '../../../apps/ops/edits.ts'

const info: FailedEventJob['info'] = {
  failure: 7,
  stage: 'normalization',
  code: 'TIMESTAMP_INVALID',
  pointer: '/timestamp',
  expected: 'a time in ISO 8601',
  got: '"yesterday"',
  from: 'billing-events/2/40',
  source: 'billing',
  attempts: 1,
  sameCause: 1,
  retryHelps: 'once `fix` is corrected',
  reason: 'TIMESTAMP_INVALID',
}

describe('an edit of a failed event', () => {
  test.each([
    ['an event', { fix: { customer_id: '123' }, info }],
    ['an event without the info', { fix: {} }],
    ['text, where the message was no JSON', { fix: '{"customer_id":NaN}', info }],
  ])('is taken over: %s', (_, edited) => {
    expect(objectionTo(edited, info, 'failed')).toBeUndefined()
  })

  test.each([
    ['no fix', { info }],
    ['a misspelt fix', { Fix: {} }],
    ['the bare event', { customer_id: '123', event_type: 'recharge' }],
    ['a list', { fix: [{ customer_id: '123' }] }],
    ['null', { fix: null }],
    ['a number', { fix: 5 }],
    ['nothing', undefined],
    ['a list of jobs', [{ fix: {} }]],
  ])('is refused: %s', (_, edited) => {
    expect(objectionTo(edited, info, 'failed')).toMatch(/in the place of `fix`/)
  })

  test('is refused as text that PostgreSQL cannot hold', () => {
    expect(objectionTo({ fix: '{"customer_id":"1\0"}' }, info, 'failed')).toMatch(/NUL/)
  })

  test.each([
    ['in a field', { customer_id: '+88017••••0042' }],
    ['in a field of a field', { metadata: { name: '••••' } }],
    ['in text', '{"customer_id":"+88017••••0042"'],
  ])('is refused with what was masked, %s', (_, fix) => {
    expect(objectionTo({ fix }, info, 'failed')).toMatch(/Write what is hidden \(••\) in full/)
  })

  test.each([
    ['completed', /counts already/],
    ['active', /being retried/],
  ])('is refused while the job is %s', (state, words) => {
    expect(objectionTo({ fix: {} }, info, state)).toMatch(words)
  })

  test('is refused where the event was accepted and a rule failed on it', () => {
    expect(objectionTo({ fix: {} }, { ...info, stage: 'gamification' }, 'failed')).toMatch(/correct the rule/)
  })
})
