import { expect, test } from 'vitest'
import { parseSources } from '#domain/source.ts'
import { readingsOf } from '#pipeline/customer.ts'

const sources = (text: string) => parseSources('sources.yaml', text, 'UTC')
const bangladesh = sources('country: BD\nsources: { crm: {}, app: {} }')
const both = sources('sources: { crm: { country: BD }, app: { country: IN }, dwh: {} }')

const spelled = (id: string, from = bangladesh) =>
  readingsOf(id, from).map(({ kind, value }) => `${kind} ${value}`)

test.each([
  '01700000042',
  '8801700000042',
  '+8801700000042',
  ' 8801700000042',
  '008801700000042',
  'tel:+8801700000042',
  '+880 1700-000042',
])('%j is one phone number', (id) => {
  expect(spelled(id)).toEqual(['msisdn +8801700000042'])
})

test.each([
  ['ABCDEFAB-1111-4222-8333-444455556666', 'uuid abcdefab-1111-4222-8333-444455556666'],
  ['123', 'other 123'],
  ['A/b c', 'other A/b c'],
])('%j', (id, expected) => {
  expect(spelled(id)).toEqual([expected])
})

test('a number without its country code can be one of each source’s country', () => {
  expect(spelled('01700000042', both)).toEqual(['msisdn +8801700000042', 'other 01700000042'])
  expect(spelled('9876543210', both)).toContain('msisdn +919876543210')
})
