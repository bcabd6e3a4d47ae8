import { describe, expect, test } from 'vitest'
import { subjectKey } from '#domain/subject.ts'
import { EVENT, normalized } from './received.ts'

const UUID = '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab'

describe('other ids of the same customer', () => {
  const others = (change: object) => normalized({ ...EVENT, ...change }).others.map(subjectKey)

  test.each<[string, object, string[]]>([
    ['none', {}, []],
    ['an empty list', { customer_ids: [] }, []],
    ['null in its place', { customer_ids: null }, []],
    [
      'several kinds',
      { customer_ids: [UUID, '123', '01700000043'] },
      [`uuid:${UUID}`, 'other:123', 'msisdn:+8801700000043'],
    ],
    ['one in two spellings', { customer_ids: ['01700000043', '+8801700000043'] }, ['msisdn:+8801700000043']],
    ['the customer’s own id again', { customer_ids: ['01700000042', UUID] }, [`uuid:${UUID}`]],
    [
      'as many as may be',
      { customer_ids: Array.from({ length: 16 }, (_, i) => `c${i}`) },
      Array.from({ length: 16 }, (_, i) => `other:c${i}`),
    ],
    [
      'where a source keeps some',
      { source: 'linked', metadata: { msisdn: '01700000043' }, account: { id: 'a-1' } },
      ['msisdn:+8801700000043', 'other:a-1'],
    ],
    [
      'there and in the list',
      { source: 'linked', account: { id: 'a-1' }, customer_ids: ['b-1', 'a-1'] },
      ['other:b-1', 'other:a-1'],
    ],
    ['where it keeps none this time', { source: 'linked', metadata: {}, account: { id: null } }, []],
    ['an empty text there', { source: 'linked', account: { id: '' } }, []],
    ['a blank one', { source: 'linked', account: { id: ' \t\n' }, metadata: { msisdn: ' ' } }, []],
    ['a text where an object was to be', { source: 'linked', account: 'a-1' }, []],
    ['where another source keeps them', { account: { id: 'a-1' } }, []],
  ])('%s', (_, change, expected) => {
    expect(others(change)).toEqual(expected)
  })

  test('leave identity and fingerprint as they are', () => {
    const { claim, fingerprint } = normalized({ ...EVENT, customer_ids: [UUID] })
    expect({ claim, fingerprint }).toEqual({
      claim: normalized(EVENT).claim,
      fingerprint: normalized(EVENT).fingerprint,
    })
  })
})

describe('the event that never happened', () => {
  test.each<[string, object, string | null]>([
    ['none', {}, null],
    ['null in its place', { reverses: null }, null],
    ['an id', { reverses: 'e-1' }, 'e-1'],
    ['as written', { reverses: ' E-1 ' }, ' E-1 '],
    ['a whole number', { reverses: 17 }, '17'],
    ['the longest', { reverses: 'x'.repeat(256) }, 'x'.repeat(256)],
    ['where its source keeps it', { source: 'linked', payload: { cancels: 'e-1' } }, 'e-1'],
    ['not where others do', { source: 'linked', reverses: 'e-1' }, null],
  ])('%s', (_, change, id) => {
    const { reverses } = normalized({ ...EVENT, ...change })
    expect(reverses).toEqual(id === null ? null : { kind: 'event_id', id })
  })

  test('is named by the same claim that it made itself', () => {
    for (const id of ['e-1', ' E-1 ', 17]) {
      const reversal = normalized({ ...EVENT, event_id: 'r-1', reverses: id })
      expect(reversal.reverses).toEqual(normalized({ ...EVENT, event_id: id }).claim)
      expect(reversal.claim).toEqual({ kind: 'event_id', id: 'r-1' })
    }
    const long = (field: string) =>
      normalized(JSON.stringify({ ...EVENT, [field]: 'ID' }).replace('"ID"', '20261123090000000017'))
    expect(long('reverses').reverses).toEqual(long('event_id').claim)
  })
})
