import { describe, expect, test } from 'vitest'
import { parseEvent } from '#domain/json.ts'
import { claimedIdentity, type Origin } from '#domain/normalization.ts'
import { EVENT, normalized, ORIGIN, rejection, sources } from './received.ts'

describe('the events of the contract', () => {
  const recharge =
    '{"customer_id":"123","event_type":"recharge","timestamp":"2024-01-01T12:00:00Z","amount":50.00}'

  test('a recharge with an amount and without a source', () => {
    expect(normalized(recharge)).toEqual({
      claim: { kind: 'offset', id: 'the coordinates' },
      source: 'kafka',
      subject: { kind: 'other', value: '123' },
      others: [],
      reverses: null,
      type: 'recharge',
      at: Date.UTC(2024, 0, 1, 12),
      value: 500_000,
      fingerprint: '["123","recharge","2024-01-01T12:00:00Z","50",null]',
      flags: [],
    })
  })

  test('the same with a source', () => {
    expect(normalized(recharge.replace('{', '{"source":"crm",'))).toEqual({
      ...normalized(recharge),
      source: 'crm',
    })
  })

  test('a kyc_update of the CRM', () => {
    const kyc =
      '{"source":"crm","customer_id":"3E0A1C5E-AAAA-4BBB-8CCC-0123456789AB","event_type":"kyc_update","timestamp":"2026-11-23T08:00:00.5Z"}'
    expect(normalized(kyc)).toMatchObject({
      claim: { kind: 'content' },
      source: 'crm',
      subject: { kind: 'uuid', value: '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab' },
      type: 'kyc_update',
      value: null,
    })
  })

  test('one of a plain Python producer: local time, microseconds, no key', () => {
    const text =
      '{"customer_id": "01700000042", "event_type": "app_login", "timestamp": "2026-11-23T14:00:00.123456"}'
    expect(normalized(text)).toMatchObject({
      subject: { kind: 'msisdn', value: '+8801700000042' },
      at: Date.parse('2026-11-23T08:00:00.123Z'),
    })
  })
})

describe('source', () => {
  test.each<[object, string]>([
    [{}, 'kafka'],
    [{ source: null }, 'kafka'],
    [{ source: '' }, 'kafka'],
    [{ source: 'crm' }, 'crm'],
    [{ source: ' CRM ' }, 'crm'],
    [{ source_name: 'crm' }, 'crm'],
    [{ source: null, source_name: 'crm' }, 'crm'],
    [{ source: 'dwh', source_name: 'crm' }, 'dwh'],
    [{ source: null, source_name: null }, 'kafka'],
  ])('%j comes from %s', (named, source) => {
    expect(normalized({ ...EVENT, ...named }).source).toBe(source)
  })
})

describe('time', () => {
  test('exactly 24 hours ahead is taken, a millisecond more is not', () => {
    expect(normalized({ ...EVENT, timestamp: '2026-11-24T09:00:00.000Z' }).at).toBe(
      ORIGIN.arrival + 86_400_000,
    )
    expect(rejection({ ...EVENT, timestamp: '2026-11-24T09:00:00.001Z' }).code).toBe('TIMESTAMP_IN_FUTURE')
    expect(normalized({ ...EVENT, timestamp: '2026-11-24T09:00:00.0009Z' }).at).toBe(
      ORIGIN.arrival + 86_400_000,
    )
  })

  test('long ago is taken', () => {
    expect(normalized({ ...EVENT, timestamp: '1969-07-20T20:17:40Z' }).at).toBeLessThan(0)
  })

  test.each([
    ['kafka', '2026-11-23T12:00:00', '2026-11-23T06:00:00Z'],
    ['berlin', '2026-11-23T09:30:00', '2026-11-23T08:30:00Z'],
    ['berlin', ' 2026-11-23T09:30:00+06:00 ', '2026-11-23T03:30:00Z'],
  ])('of source %s, %s is %s', (source, timestamp, expected) => {
    expect(normalized({ ...EVENT, source, timestamp }).at).toBe(Date.parse(expected))
  })
})

describe('value', () => {
  test.each<[object, number | null, string[]]>([
    [{ value: 50 }, 500_000, []],
    [{ value: '50.00' }, 500_000, []],
    [{ value: ' 50 ' }, 500_000, []],
    [{ value: undefined, amount: 50 }, 500_000, []],
    [{ value: null, amount: 50 }, 500_000, []],
    [{ value: 50, amount: 50.0 }, 500_000, []],
    [{ value: 50, amount: '50.000' }, 500_000, []],
    [{ value: 50, amount: null }, 500_000, []],
    [{ value: 50, amount: 49 }, 500_000, ['AMOUNT_IGNORED']],
    [{ value: 0, amount: 49 }, 0, ['AMOUNT_IGNORED']],
    [{ value: undefined }, null, []],
    [{ value: null }, null, []],
    [{ value: 0 }, 0, []],
    [{ value: 1_000_000_000 }, 10_000_000_000_000, []],
    [{ value: -5, event_type: 'fee' }, -50_000, []],
    [{ value: -50, reverses: 'e-1' }, -500_000, []],
    [{ value: -5, event_type: 'data_usage', reverses: 'e-1' }, -50_000, []],
  ])('%j', (change, value, flags) => {
    expect(normalized({ ...EVENT, ...change })).toMatchObject({ value, flags })
  })

  test('is read from its digits, not from a double', () => {
    // The double of it is 0.00005 exactly, which would be rounded to zero.
    const text = JSON.stringify(EVENT).replace('50', '0.00005000000000000000001')
    expect(normalized(text).value).toBe(1)
  })
})

describe('the fields of a source', () => {
  const payload = { msisdn: '01700000042', at: '2026-11-23T12:00:00', amount: { total: 5.5 }, id: 'c-1' }
  const record = { source: 'cdr', kind: 'data', payload }

  test('are read where it keeps them', () => {
    expect(normalized(record)).toEqual({
      claim: { kind: 'event_id', id: 'c-1' },
      source: 'cdr',
      subject: { kind: 'msisdn', value: '+8801700000042' },
      others: [],
      reverses: null,
      type: 'data_usage',
      at: Date.parse('2026-11-23T06:00:00Z'),
      value: 55_000,
      fingerprint: '["01700000042","data","2026-11-23T12:00:00","5.5",null]',
      flags: [],
    })
  })

  test('and nowhere else', () => {
    const { customer_id, event_type, timestamp } = EVENT
    expect(rejection({ source: 'cdr', customer_id, event_type, timestamp })).toMatchObject({
      code: 'CUSTOMER_MISSING',
      pointer: '/payload/msisdn',
    })
    expect(normalized({ ...record, event_id: 'e-1', value: 7, amount: { total: 9 } })).toEqual(
      normalized(record),
    )
    expect(normalized({ ...record, payload: { ...payload, amount: {} }, amount: 7 }).value).toBeNull()
  })

  test.each([
    [{ msisdn: 5 }, 'CUSTOMER_INVALID', '/payload/msisdn'],
    [{ at: 'now' }, 'TIMESTAMP_INVALID', '/payload/at'],
    [{ amount: { total: [] } }, 'VALUE_INVALID', '/payload/amount/total'],
    [{ amount: { total: -1 } }, 'VALUE_NEGATIVE', '/payload/amount/total'],
    [{ id: '' }, 'EVENT_ID_INVALID', '/payload/id'],
  ])('%j is refused where it stands: %s', (change, code, pointer) => {
    expect(rejection({ ...record, payload: { ...payload, ...change } })).toMatchObject({ code, pointer })
  })

  test('a pointer tells a name with a slash from two names', () => {
    expect(rejection({ ...EVENT, source: 'odd', 'usage/total': { 'm~b': 'x' } })).toMatchObject({
      code: 'VALUE_INVALID',
      pointer: '/usage~1total/m~0b',
    })
  })
})

describe('type', () => {
  test.each([
    ['crm', 'kyc', 'kyc_update'],
    ['crm', ' kyc ', 'kyc_update'],
    ['crm', 'KYC', 'KYC'],
    ['kafka', 'kyc', 'kyc'],
    ['kafka', 'something new', 'something new'],
    ['kafka', '__proto__', '__proto__'],
  ])('of source %s, %j is %s', (source, written, type) => {
    expect(normalized({ ...EVENT, source, event_type: written }).type).toBe(type)
  })
})

describe('identity', () => {
  const precise = { ...EVENT, timestamp: '2026-11-23T08:00:00.123Z' }

  test.each<[string, object, Partial<Origin>, { kind: string; id: string }]>([
    ['an id in the event', { event_id: 'e-1' }, { headerId: 'h-1' }, { kind: 'event_id', id: 'e-1' }],
    ['a whole number', { event_id: 17 }, {}, { kind: 'event_id', id: '17' }],
    ['as written', { event_id: ' E-1 ' }, {}, { kind: 'event_id', id: ' E-1 ' }],
    ['the id of a CloudEvent', { specversion: '1.0', id: 'c-1' }, {}, { kind: 'event_id', id: 'c-1' }],
    [
      'its event_id before that',
      { specversion: '1.0', id: 'c-1', event_id: 'e-1' },
      {},
      { kind: 'event_id', id: 'e-1' },
    ],
    ['not the id of just any event', { id: 'c-1' }, {}, { kind: 'offset', id: 'the coordinates' }],
    ['the id in a header', { event_id: null }, { headerId: 'h-1' }, { kind: 'event_id', id: 'h-1' }],
    ['else where it came from', {}, {}, { kind: 'offset', id: 'the coordinates' }],
  ])('%s', (_, change, origin, claim) => {
    expect(normalized({ ...EVENT, ...change }, origin).claim).toEqual(claim)
  })

  test('a whole number with more digits than a double holds', () => {
    const text = JSON.stringify({ ...EVENT, event_id: 'ID' }).replace('"ID"', '20261123090000000017')
    expect(normalized(text).claim).toEqual({ kind: 'event_id', id: '20261123090000000017' })
  })

  test('the content, where the time has fractions of a second or the source asks for it', () => {
    const canonical =
      '{"customer_id":"+8801700000042","event_type":"recharge","timestamp":"2026-11-23T08:00:00.123Z","value":50}'
    expect(normalized(precise).claim).toEqual({ kind: 'content', id: canonical })
    expect(normalized({ ...EVENT, source: 'dwh' }).claim.kind).toBe('content')
    expect(normalized({ ...precise, event_id: 'e-1' }).claim.kind).toBe('event_id')
  })

  test('does not depend on the order of members or on blanks', () => {
    const { value, ...rest } = precise
    expect(normalized(JSON.stringify({ value, ...rest }, null, 2)).claim).toEqual(normalized(precise).claim)
  })

  test('tells contents apart that differ in a digit no double holds', () => {
    const text = (reference: string) => JSON.stringify(precise).replace('{', `{"reference":${reference},`)
    expect(normalized(text('12345678901234567890')).claim).not.toEqual(
      normalized(text('12345678901234567891')).claim,
    )
  })
})

describe('the fingerprint', () => {
  const { fingerprint } = normalized(EVENT)

  test.each<[string, object]>([
    ['an alias', { value: undefined, amount: 50 }],
    ['metadata', { metadata: { a: 1 } }],
    ['an unknown field', { note: 'x' }],
    ['the source', { source: 'crm' }],
  ])('stays the same with %s', (_, change) => {
    expect(normalized({ ...EVENT, ...change }).fingerprint).toBe(fingerprint)
  })

  test.each<[string, object]>([
    ['the customer', { customer_id: '01700000042' }],
    ['the type', { event_type: 'topup' }],
    ['the time', { timestamp: '2026-11-23T08:00:00.000Z' }],
    ['the value', { value: 50.1 }],
    ['what it reverses', { reverses: 'e-1' }],
  ])('changes with %s', (_, change) => {
    expect(normalized({ ...EVENT, ...change }).fingerprint).not.toBe(fingerprint)
  })
})

describe('what a wrong message claims', () => {
  const claimed = (content: object, origin: Partial<Origin> = {}) => {
    const text = JSON.stringify(content)
    return claimedIdentity(parseEvent(text), text, { ...ORIGIN, ...origin }, sources)
  }
  const fallback = { kind: 'offset', id: 'the coordinates' }

  test.each<[string, object, string, object]>([
    ['its id', { event_id: 'e-1', timestamp: 'now' }, 'kafka', { kind: 'event_id', id: 'e-1' }],
    [
      'its id within its source',
      { event_id: 'e-1', source: ' CRM ', value: 'x' },
      'crm',
      { kind: 'event_id', id: 'e-1' },
    ],
    [
      'its source by the other name',
      { event_id: 'e-1', source: null, source_name: 'crm' },
      'crm',
      { kind: 'event_id', id: 'e-1' },
    ],
    ['no content, where its time cannot be read', { timestamp: '2026-11-23 08.30' }, 'kafka', fallback],
    ['no id that cannot be read', { event_id: [] }, 'kafka', fallback],
    ['nothing within a source that is not there', { source: 'cmr', event_id: 'e-1' }, 'kafka', fallback],
    ['nothing else', { customer_id: null }, 'kafka', fallback],
  ])('%s', (_, change, source, claim) => {
    expect(claimed({ ...EVENT, ...change })).toEqual({ source, claim })
  })

  test('its content, where its time has fractions of a second', () => {
    const wrong = { ...EVENT, timestamp: '2026-11-23T08:00:00.123Z', value: 'x' }
    expect(claimed(wrong).claim).toEqual({ kind: 'content', id: expect.stringContaining('"value":"x"') })
  })

  test('behind a token, nothing within another source', () => {
    const bound = { source: 'crm', bound: true }
    expect(claimed({ ...EVENT, event_id: 'e-1', source: 'dwh' }, bound)).toEqual({
      source: 'crm',
      claim: { kind: 'event_id', id: 'e-1' },
    })
  })
})
