import { describe, expect, test } from 'vitest'
import * as choice from '../../../apps/ops/choice.ts'
import { choose } from '../../../apps/ops/choice.ts'

test('a query and a body say the same', () => {
  const query = { ids: '17,18', partition: '0', offset: '1200', since: '2026-11-24T08:00 06:00' }
  const body = { ids: [17, 18], partition: 0, offset: 1200, since: '2026-11-24T02:00Z' }
  expect(choose(choice.counting, query)).toEqual(choose(choice.counting, body))
  expect(choose(choice.counting, body)).toEqual({
    ...body,
    since: Date.UTC(2026, 10, 24, 2),
    state: 'open',
  })
})

test('what is left out has its usual value', () => {
  expect(choose(choice.listing, undefined)).toEqual({ state: 'open', limit: 20 })
  expect(choose(choice.counting, { state: 'all' }).state).toBeUndefined()
  expect(choose(choice.retrying, {})).toEqual({ canary: 10, dryRun: false, limit: Number.MAX_SAFE_INTEGER })
  expect(choose(choice.retrying, { canary: 0 }).canary).toBe(0)
})

describe('a mistake is told with what is expected', () => {
  test.each([
    [choice.listing, { code: 'NO_SUCH' }, /^code: expected a code, such as/],
    [choice.listing, { colour: 'red' }, /^colour: not known here; there are ids, code, /],
    [choice.nothing, { colour: 'red' }, /^colour: not known here; there are none$/],
    [choice.listing, { limit: '0' }, /^limit: expected a whole number from 1 to 1000/],
    [choice.listing, { limit: '' }, /^limit: expected a whole number/],
    [choice.listing, { since: 'yesterday' }, /^since: expected a time with its zone/],
    [choice.listing, { since: '2026-11-24T08:00' }, /^since: expected a time with its zone/],
    [choice.listing, { state: 'lost' }, /^state: expected open, resolved, discarded, all/],
    [choice.listing, { source: ['a', 'b'] }, /^source: expected one text/],
    [choice.listing, { topic: 'a\0b' }, /^topic: expected no NUL/],
    [choice.listing, { customer: 'x'.repeat(1_001) }, /^customer: expected at most 1000/],
    [choice.listing, { offset: '99999999999999999' }, /^offset: expected a whole number/],
    [choice.listing, { partition: '2147483648' }, /^partition: expected a whole number/],
    [choice.retrying, { ids: [] }, /^ids: expected numbers of failures/],
    [choice.retrying, { ids: [0] }, /^ids\.0: expected a whole number from 1/],
    [choice.retrying, { rate: 0.5 }, /^rate: expected a whole number/],
    [choice.retrying, { limit: true }, /^limit: expected a whole number/],
    [choice.retrying, { dryRun: 'yes' }, /^dryRun: expected true or false/],
    [choice.discarding, { code: 'JSON_INVALID' }, /^reason: expected one text/],
    [choice.assigning, { fingerprint: 'x' }, /^say who, with owner/],
    [choice.reason, [], /^expected a JSON object$/],
    [choice.listing, { code: 'NO_SUCH', limit: 'x' }, /^code: .*; limit: /],
  ])('%#', (schema, given, message) => {
    expect(() => choose(schema, given)).toThrow(message)
  })
})
