import { describe, expect, test } from 'vitest'
import { parseSources } from '#domain/source.ts'
import { assertSelected, describeSelection, filterOf } from '#pipeline/selection.ts'

const sources = parseSources(
  'sources.yaml',
  'country: BD\nsources:\n  billing: {}\n  crm: { fields: { event_id: payload.key } }\n',
  'UTC',
)

test('what is left out does not matter, and what is no part of a selection is left out', () => {
  const options = { code: undefined, ids: [], topic: 'a', offset: 0, limit: 5, dryRun: true }
  expect(filterOf(options, sources)).toEqual({ topic: 'a', offset: 0 })
})

test('a customer is looked for in the ways in which systems write one', () => {
  const { customer } = filterOf({ customer: '01700000042' }, sources)
  expect(customer).toEqual(
    expect.arrayContaining(['01700000042', '+8801700000042', '8801700000042', '+880 1700-000042']),
  )
  expect(filterOf({ customer: 'CUST-1' }, sources).customer).toEqual(['CUST-1'])
})

test('an event is looked for as every source’s, and as Laurel’s own', () => {
  const id = 'A2000000-0000-4000-8000-000000000001'
  const { event } = filterOf({ event: id }, sources)
  expect(event?.identities).toHaveLength(3)
  expect(event?.identities[0]).toBe(id.toLowerCase())
  expect(event?.id).toBe(id)
  expect(event?.keys).toEqual(['event_id', 'key'])
  expect(filterOf({ event: 'recharge-1' }, sources).event?.identities).toHaveLength(2)
})

describe('what changes things', () => {
  test.each([{}, { ids: [] }, { after: 3 }, { state: 'open' as const }])('is refused of %j', (selection) => {
    expect(() => assertSelected(selection)).toThrow(/^Say which: numbers/)
  })

  test.each([{ ids: [1] }, { code: 'JSON_INVALID' as const }, { offset: 0 }, { until: 0 }])(
    'is taken of %j',
    (selection) => {
      expect(() => assertSelected(selection)).not.toThrow()
    },
  )
})

test('the audit log says what was meant', () => {
  const since = Date.UTC(2026, 10, 24)
  expect(describeSelection({ ids: [1, 2], source: 'crm', since })).toBe(
    'failures: ids 1 2, source crm, since 2026-11-24T00:00:00.000Z',
  )
  expect(describeSelection({})).toBe('failures: all')
})
