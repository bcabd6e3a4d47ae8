import { describe, expect, test } from 'vitest'
import { FAILURES } from '#domain/failure.ts'
import { type RefusedMessage, rejectOf, withoutMessage } from '#domain/reject.ts'

const REFUSED: RefusedMessage = {
  failure: 17,
  opening: 1,
  state: 'open',
  code: 'TIMESTAMP_INVALID',
  pointer: '/timestamp',
  expected: 'a time in ISO 8601',
  got: '"23/11/2026"',
  topic: 'billing-events',
  partition: 2,
  message: { offset: '9007199254740993', timestamp: 1, value: '{"timestamp":"23/11/2026"}' },
}

const REASONS = [
  ['laurel-failure', '17'],
  ['laurel-opening', '1'],
  ['laurel-state', 'open'],
  ['laurel-code', 'TIMESTAMP_INVALID'],
  ['laurel-meaning', 'timestamp cannot be read'],
  ['laurel-pointer', '/timestamp'],
  ['laurel-expected', 'a time in ISO 8601'],
  ['laurel-got', '"23/11/2026"'],
  ['laurel-remedy', 'send an existing date and time in ISO 8601, such as 2026-11-23T09:00:00Z'],
  ['laurel-retry', 'edit'],
  ['laurel-topic', 'billing-events'],
  ['laurel-partition', '2'],
  ['laurel-offset', '9007199254740993'],
] as const

const withMessage = (message: Partial<RefusedMessage['message']>): RefusedMessage => ({
  ...REFUSED,
  message: { ...REFUSED.message, ...message },
})

describe('a reject', () => {
  test('says what is wrong with which message', () => {
    expect(rejectOf(REFUSED)).toEqual({ key: null, value: '{"timestamp":"23/11/2026"}', headers: REASONS })
  })

  test.each<[string, RefusedMessage['message']['headers']]>([
    ['none', undefined],
    ['text', [['event-id', '42']]],
    [
      'bytes, and none at all',
      [
        ['trace', { base64: '/wD+' }],
        ['empty', ''],
        ['none', null],
      ],
    ],
    [
      'a name twice, with others between',
      [
        ['many', 'a'],
        ['event-id', '42'],
        ['many', 'b'],
      ],
    ],
    [
      'those of a reject that was sent again',
      [
        ['laurel-code', 'VALUE_INVALID'],
        ['laurel-failure', '3'],
      ],
    ],
  ])('keeps the headers of its message before its own: %s', (_, headers) => {
    const message = headers === undefined ? {} : { headers }
    expect(rejectOf(withMessage(message)).headers).toEqual([...(headers ?? []), ...REASONS])
  })

  test.each<[string, Partial<RefusedMessage['message']>, object]>([
    ['a key', { key: '+8801700000042' }, { key: '+8801700000042' }],
    [
      'bytes that are no text',
      { key: { base64: '/w==' }, value: { base64: '/wD+' } },
      { key: { base64: '/w==' }, value: { base64: '/wD+' } },
    ],
    ['an empty key and no value', { key: '', value: null }, { key: '', value: null }],
  ])('keeps %s', (_, message, expected) => {
    expect(rejectOf(withMessage(message))).toMatchObject(expected)
  })

  test.each(Object.entries(FAILURES))(
    'tells of %s what it means, what to do, and whether that helps',
    (code, kind) => {
      const { headers } = rejectOf({ ...REFUSED, code: code as keyof typeof FAILURES })
      const told = Object.fromEntries(headers)
      expect([
        told['laurel-code'],
        told['laurel-meaning'],
        told['laurel-remedy'],
        told['laurel-retry'],
      ]).toEqual([code, kind.meaning, kind.remedy, kind.retry])
    },
  )

  test('without its message says so, and still where that lies', () => {
    const refused = withMessage({ key: 'k', headers: [['large', 'x']] })
    expect(withoutMessage(refused)).toEqual({
      key: null,
      value: null,
      headers: [...REASONS, ['laurel-omitted', 'message']],
    })
  })
})
