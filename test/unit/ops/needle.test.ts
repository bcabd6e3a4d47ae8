import { expect, test } from 'vitest'
import { meaningsOf } from '../../../apps/ops/needle.ts'

test.each([
  'billing-events/2/1200',
  'billing-events 2 1200',
  ' billing-events/2 1200 ',
  'billing-events:2:1200',
])('%s is a place', (text) => {
  expect(meaningsOf(text)).toEqual([{ topic: 'billing-events', partition: 2, offset: 1200 }])
})

test.each(['#17', 'failure 17', 'failure-17-2', 'Failure-17'])('%s is a failure', (text) => {
  expect(meaningsOf(text)).toEqual([{ ids: [17] }])
})

test.each(['17', '+880 1700-000042', '01700 000042', 'recharge-17', 'a/b/c', 'billing-events/2'])(
  '%s may be a customer or an event',
  (text) => {
    expect(meaningsOf(text)).toEqual([{ customer: text }, { event: text }])
  },
)

test('what PostgreSQL could not take is left out, and nothing means nothing', () => {
  expect(meaningsOf(' \0 ')).toEqual([])
  expect(meaningsOf('a\0b')).toEqual([{ customer: 'ab' }, { event: 'ab' }])
  expect(meaningsOf('\ud83d')).toEqual([{ customer: '\ufffd' }, { event: '\ufffd' }])
  expect(meaningsOf('x'.repeat(5_000))[0]?.customer).toHaveLength(1_000)
})
