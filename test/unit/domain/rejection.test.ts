import { describe, expect, test } from 'vitest'
import { EVENT, normalized, rejection } from './received.ts'

/** What each code expects, where, and what was got instead. */
const REFUSED: [code: string, expected: string, pointer: string, cases: [change: object, got: string][]][] = [
  ['SOURCE_INVALID', 'text', '/source', [[{ source: 5 }, '5']]],
  ['SOURCE_INVALID', 'text', '/source_name', [[{ source_name: ['crm'] }, '["crm"]']]],
  [
    'SOURCE_UNKNOWN',
    'kafka, crm, berlin, dwh, off, cdr, linked, odd',
    '/source',
    [[{ source: 'cmr' }, '"cmr"']],
  ],
  ['SOURCE_DISABLED', 'a source that is switched on', '/source', [[{ source: 'off' }, '"off"']]],
  [
    'CUSTOMER_MISSING',
    'a UUID, a phone number or another id',
    '/customer_id',
    [
      [{ customer_id: undefined }, 'nothing'],
      [{ customer_id: null }, 'null'],
      [{ customer_id: '' }, '""'],
    ],
  ],
  [
    'CUSTOMER_INVALID',
    'text',
    '/customer_id',
    [
      [{ customer_id: 8801700000042 }, '8801700000042'],
      [{ customer_id: ['123'] }, '["123"]'],
    ],
  ],
  [
    'CUSTOMER_INVALID',
    '1 to 256 characters, none of them a control character',
    '/customer_id',
    [
      [{ customer_id: ' ' }, '" "'],
      [{ customer_id: 'a\nb' }, '"a\\nb"'],
      [{ customer_id: 'x'.repeat(257) }, `"${'x'.repeat(79)}…`],
    ],
  ],
  [
    'CUSTOMER_INVALID',
    'an array of at most 16 ids',
    '/customer_ids',
    [
      [{ customer_ids: '123' }, '"123"'],
      [{ customer_ids: { a: '123' } }, '{"a":"123"}'],
      [{ customer_ids: Array.from({ length: 17 }, () => 'a') }, `[${'"a",'.repeat(17).slice(0, -1)}]`],
    ],
  ],
  [
    'CUSTOMER_INVALID',
    'text',
    '/customer_ids/1',
    [
      [{ customer_ids: ['123', 5] }, '5'],
      [{ customer_ids: ['123', null] }, 'null'],
      [{ customer_ids: ['123', ['456']] }, '["456"]'],
    ],
  ],
  [
    'CUSTOMER_INVALID',
    '1 to 256 characters, none of them a control character',
    '/customer_ids/0',
    [
      [{ customer_ids: [''] }, '""'],
      [{ customer_ids: ['a\nb'] }, '"a\\nb"'],
    ],
  ],
  [
    'CUSTOMER_INVALID',
    'text',
    '/account/id',
    [
      [{ source: 'linked', account: { id: 5 } }, '5'],
      [{ source: 'linked', account: { id: ['x'] } }, '["x"]'],
      [{ source: 'linked', account: { id: 0 } }, '0'],
    ],
  ],
  [
    'EVENT_TYPE_MISSING',
    'a text such as recharge',
    '/event_type',
    [
      [{ event_type: undefined }, 'nothing'],
      [{ event_type: '' }, '""'],
    ],
  ],
  [
    'EVENT_TYPE_INVALID',
    'a text of 1 to 64 characters',
    '/event_type',
    [
      [{ event_type: 7 }, '7'],
      [{ event_type: '  ' }, '"  "'],
      [{ event_type: 'x'.repeat(65) }, `"${'x'.repeat(65)}"`],
      [{ event_type: 'a\u0007' }, '"a\\u0007"'],
    ],
  ],
  [
    'EVENT_TYPE_INVALID',
    'a type that does not begin with laurel.',
    '/event_type',
    [
      [{ event_type: 'laurel.spend' }, '"laurel.spend"'],
      [{ event_type: ' laurel.adjust ' }, '" laurel.adjust "'],
      [{ event_type: 'laurel.' }, '"laurel."'],
    ],
  ],
  [
    'REVERSES_INVALID',
    'the event_id of an event of kafka',
    '/reverses',
    [
      [{ reverses: '' }, '""'],
      [{ reverses: ' ' }, '" "'],
      [{ reverses: 1.5 }, '1.5'],
      [{ reverses: true }, 'true'],
      [{ reverses: ['e-1'] }, '["e-1"]'],
      [{ reverses: 'x'.repeat(257) }, `"${'x'.repeat(79)}…`],
    ],
  ],
  [
    'REVERSES_INVALID',
    'the event_id of an event of linked',
    '/payload/cancels',
    [[{ source: 'linked', payload: { cancels: '' } }, '""']],
  ],
  [
    'EVENT_ID_INVALID',
    'a text of 1 to 256 characters',
    '/event_id',
    [
      [{ event_id: '' }, '""'],
      [{ event_id: 1.5 }, '1.5'],
      [{ event_id: { id: 1 } }, '{"id":1}'],
      [{ event_id: 'x'.repeat(257) }, `"${'x'.repeat(79)}…`],
    ],
  ],
  [
    'EVENT_ID_INVALID',
    'a text of 1 to 256 characters',
    '/id',
    [[{ specversion: '1.0', id: false }, 'false']],
  ],
  [
    'TIMESTAMP_MISSING',
    'a time in ISO 8601',
    '/timestamp',
    [
      [{ timestamp: undefined }, 'nothing'],
      [{ timestamp: '' }, '""'],
    ],
  ],
  [
    'TIMESTAMP_INVALID',
    'a time in ISO 8601',
    '/timestamp',
    [
      [{ timestamp: 1_700_000_000_000 }, '1700000000000'],
      [{ timestamp: '2026-02-30T12:00:00Z' }, '"2026-02-30T12:00:00Z"'],
    ],
  ],
  [
    'TIMESTAMP_IN_FUTURE',
    'at most 2026-11-24T09:00:00.000Z',
    '/timestamp',
    [[{ timestamp: '2099-01-01T00:00:00Z' }, '"2099-01-01T00:00:00Z"']],
  ],
  [
    'VALUE_INVALID',
    'a number',
    '/value',
    [
      [{ value: true }, 'true'],
      [{ value: { total: 5 } }, '{"total":5}'],
    ],
  ],
  [
    'VALUE_INVALID',
    'a number up to 1000000000',
    '/value',
    [
      [{ value: '1,000' }, '"1,000"'],
      [{ value: '' }, '""'],
    ],
  ],
  ['VALUE_INVALID', 'a number up to 1000000000', '/amount', [[{ amount: 'ten', value: undefined }, '"ten"']]],
  [
    'VALUE_OUT_OF_RANGE',
    'a number up to 1000000000',
    '/value',
    [
      [{ value: 1_000_000_000.1 }, '1000000000.1'],
      [{ value: '-1e10', event_type: 'fee' }, '"-1e10"'],
      [{ value: '1e500' }, '"1e500"'],
    ],
  ],
  [
    'VALUE_NEGATIVE',
    'zero or more',
    '/value',
    [
      [{ value: -0.0001 }, '-0.0001'],
      [{ value: -5, event_type: 'data_usage' }, '-5'],
      [{ value: -5, reverses: null }, '-5'],
    ],
  ],
  ['VALUE_NEGATIVE', 'zero or more', '/amount', [[{ amount: -5, value: undefined }, '-5']]],
  [
    'METADATA_INVALID',
    'an object',
    '/metadata',
    [
      [{ metadata: 'ussd' }, '"ussd"'],
      [{ metadata: [] }, '[]'],
    ],
  ],
]

describe.each(REFUSED)('%s, where %s is expected at %s', (code, expected, pointer, cases) => {
  test.each(cases)('%j', (change, got) => {
    expect(rejection({ ...EVENT, ...change })).toEqual({ code, pointer, expected, got })
  })
})

describe('refused', () => {
  test('a number that no double holds', () => {
    expect(rejection(JSON.stringify(EVENT).replace('50', '1e400'))).toEqual({
      code: 'VALUE_OUT_OF_RANGE',
      pointer: '/value',
      expected: 'a number up to 1000000000',
      got: 'Infinity',
    })
  })

  test.each<[string, string, boolean]>([
    ['2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00Z', true],
    ['2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.0009Z', true],
    ['2026-11-01T00:00:00.000Z', '2026-11-01T05:59:59.999', false],
    ['1970-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', false],
    ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00Z', true],
  ])('what lies before the horizon at %s: %s is taken: %s', (earliest, timestamp, isTaken) => {
    const horizon = Date.parse(earliest)
    if (isTaken) expect(normalized({ ...EVENT, timestamp }, { horizon }).at).toBe(horizon)
    else {
      expect(rejection({ ...EVENT, timestamp }, { horizon })).toEqual({
        code: 'TIMESTAMP_TOO_OLD',
        pointer: '/timestamp',
        expected: `at least ${earliest}`,
        got: JSON.stringify(timestamp),
      })
    }
  })

  test('an empty id in the message’s header', () => {
    expect(rejection(EVENT, { headerId: '' })).toMatchObject({ code: 'EVENT_ID_INVALID', pointer: '' })
  })

  test('another source than the one of the token', () => {
    const bound = { source: 'crm', bound: true }
    expect(rejection({ ...EVENT, source: 'dwh' }, bound)).toEqual({
      code: 'SOURCE_FORBIDDEN',
      pointer: '/source',
      expected: 'crm',
      got: '"dwh"',
    })
    expect(normalized({ ...EVENT, source: 'crm' }, bound).source).toBe('crm')
    expect(normalized(EVENT, bound).source).toBe('crm')
  })

  test('names and ids are taken up to their full length', () => {
    const longest = { customer_id: 'x'.repeat(256), event_type: 'x'.repeat(64), event_id: 'x'.repeat(256) }
    expect(normalized({ ...EVENT, ...longest })).toMatchObject({
      subject: { value: longest.customer_id },
      type: longest.event_type,
      claim: { id: longest.event_id },
    })
  })

  test('what is found first is what is told', () => {
    expect(rejection({}).code).toBe('CUSTOMER_MISSING')
    expect(rejection({ source: 'cmr' }).code).toBe('SOURCE_UNKNOWN')
    expect(rejection({ customer_id: '123' }).code).toBe('EVENT_TYPE_MISSING')
  })
})
