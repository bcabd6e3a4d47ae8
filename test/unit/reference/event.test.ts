import { describe, expect, test } from 'vitest'
import { type Delivery, readEvent, uuidOf } from '../../reference/event.ts'
import { deliver } from './delivery.ts'

const GOOD = { customer_id: '123', event_type: 'recharge', timestamp: '2026-11-23T09:00:00Z', amount: 50 }

function read(value: unknown, more: Partial<Delivery> = {}) {
  const [delivery] = deliver([value], more)
  return readEvent(delivery!, { hostZone: 'UTC', cluster: 'cluster-1', identify: uuidOf })
}

describe('customer_id', () => {
  test.each([
    ['+8801700000042', 'msisdn', '+8801700000042'],
    ['01700000042', 'msisdn', '+8801700000042'],
    ['8801700000042', 'msisdn', '+8801700000042'],
    ['008801700000042', 'msisdn', '+8801700000042'],
    ['+880 1700-000042', 'msisdn', '+8801700000042'],
    [' 01700000042 ', 'msisdn', '+8801700000042'],
    ['+442079460018', 'msisdn', '+442079460018'],
    ['6F9619FF-8B86-D011-B42D-00CF4FC964FF', 'uuid', '6f9619ff-8b86-d011-b42d-00cf4fc964ff'],
    ['123', 'other', '123'],
    ['017000', 'other', '017000'],
    ['Cust-A', 'other', 'Cust-A'],
    ['call 01700000042', 'other', 'call 01700000042'],
  ])('%s is %s %s', (customer_id, kind, value) => {
    expect(read({ ...GOOD, customer_id })?.subject).toEqual({ kind, value })
  })
})

describe('value', () => {
  test.each([
    ['"amount": 50.00', 500_000n],
    ['"value": 50', 500_000n],
    ['"value": 50, "amount": 60', 500_000n],
    ['"amount": 60, "value": 50', 500_000n],
    ['"value": null, "amount": 60', 600_000n],
    ['"value": 0.1', 1_000n],
    ['"value": 1.00005', 10_000n],
    ['"value": 1.00015', 10_002n],
    ['"value": 1.000050000000000000000001', 10_001n],
    ['"value": 1.23456789e2', 1_234_568n],
    ['"value": 5E-5', 0n],
    ['"value": 15e-5', 2n],
    ['"note": "\\"value\\": 7", "value": 8', 80_000n],
    ['"payload": {"value": 7}', 0n],
  ])('%s is %s ten-thousandths', (field, value) => {
    const text = `{"customer_id":"123","event_type":"recharge","timestamp":"2026-11-23T09:00:00Z",${field}}`
    expect(read(text)?.value).toBe(value)
  })

  test.each([
    ['is neither a recharge nor data usage', { event_type: 'bill_payment' }],
    ['reverses a recharge', { reverses: 'abc-1' }],
    ['reverses data usage', { reverses: 7, event_type: 'data_usage' }],
  ])('may be below zero where the event %s', (_, fields) => {
    expect(read({ ...GOOD, ...fields, amount: -5 })?.value).toBe(-50_000n)
  })
})

describe('source and type', () => {
  test.each([
    ['customer-events', {}, 'topup', 'topup'],
    ['cdr-events', {}, 'topup', 'recharge'],
    ['cdr-events', {}, 'top_up', 'recharge'],
    ['cdr-events', {}, 'data', 'data_usage'],
    ['billing-events', {}, 'top_up', 'recharge'],
    ['billing-events', {}, 'data', 'data'],
    ['crm-events', {}, 'kyc', 'kyc_update'],
    ['app-events', {}, 'login', 'app_login'],
    ['customer-events', { source: 'crm' }, 'kyc', 'kyc_update'],
    ['customer-events', { source_name: 'in' }, 'data', 'data_usage'],
    ['cdr-events', { source: 'dwh', source_name: 'in' }, 'data', 'data'],
    ['customer-events', {}, 'toString', 'toString'],
    ['cdr-events', { timestamp: ' 2026-11-23T09:00:00Z ' }, ' topup ', 'recharge'],
  ])('on %s with %j, %s is %s', (topic, fields, event_type, type) => {
    expect(read({ ...GOOD, ...fields, event_type }, { topic })?.type).toBe(type)
  })
})

describe('identity', () => {
  // The identities below were worked out with sha256sum, outside of this code.
  test('is made of the event id, scoped by source', () => {
    const event = read({ ...GOOD, event_id: 'abc-1', source: 'crm' })
    expect(event?.identity).toBe('dbcdf754-616a-8d56-b7b4-8fd1ad6ff498')
    expect(read({ ...GOOD, event_id: 'abc-1', source: 'dwh' })?.identity).not.toBe(event?.identity)
  })

  test("is made of CloudEvents' id, and of no other field called id", () => {
    const identity = uuidOf({ source: 'crm', kind: 'event_id', id: 'abc-1' })
    const fields = { ...GOOD, id: 'abc-1', source: 'crm' }
    expect(read({ ...fields, specversion: '1.0' })?.identity).toBe(identity)
    expect(read(fields)?.identity).not.toBe(identity)
  })

  test('is made of the content, whatever the order of its keys, where a fraction was written', () => {
    const text =
      '{"timestamp":"2026-11-23T09:00:00.5Z","customer_id":"123","event_type":"recharge","amount":50.0,"a":{"x":[1,{"z":2,"y":null}]}}'
    const identity = 'd6a05349-2f34-88b8-9b8c-df75b4764ad1'
    expect(read(text)?.identity).toBe(identity)
    expect(read(text, { offset: '99', partition: 2 })?.identity).toBe(identity)
  })

  test('is made of the coordinates otherwise', () => {
    const text =
      '{"customer_id":"123","event_type":"recharge","timestamp":"2024-01-01T12:00:00Z","amount":50.00}'
    const where = { partition: 2, offset: '1207', timestamp: Date.parse('2026-11-23T09:00:00Z') }
    expect(read(text, where)?.identity).toBe('4bfa3b4c-13c6-81ea-af6f-3a244419a74d')
  })
})

describe('reverses', () => {
  const withReverses = (json: string) =>
    read(`${JSON.stringify({ ...GOOD, source: 'crm' }).slice(0, -1)},"reverses":${json}}`)

  test.each([
    ['"abc-1"', 'abc-1'],
    ['" abc-1 "', ' abc-1 '],
    ['"7"', '7'],
    ['7', '7'],
    ['0', '0'],
    ['-7', '-7'],
    ['9007199254740993', '9007199254740993'],
    [`"${'x'.repeat(256)}"`, 'x'.repeat(256)],
  ])('%s names an event of its own source', (json, id) => {
    expect(withReverses(json)?.reverses).toBe(uuidOf({ source: 'crm', kind: 'event_id', id }))
  })

  test('null is as if it were not there', () => {
    expect(withReverses('null')).toMatchObject({ reverses: undefined })
    expect(withReverses('null')?.fingerprint).toBe(read({ ...GOOD, source: 'crm' })?.fingerprint)
  })

  test.each([
    '""',
    '" "',
    'true',
    '{}',
    '{"digits":"7"}',
    '["abc-1"]',
    '1.5',
    '7.0',
    '1e3',
    `"${'x'.repeat(257)}"`,
    '1'.repeat(257),
  ])('%s drops the event', (json) => {
    expect(withReverses(json)).toBeUndefined()
  })

  test('is part of the fingerprint as it is written', () => {
    const written = ['null', '"7"', '7', '"8"', '9007199254740992', '9007199254740993']
    expect(new Set(written.map((json) => withReverses(json)?.fingerprint)).size).toBe(written.length)
  })
})

describe('customer_ids', () => {
  test.each([
    [undefined, []],
    [null, []],
    [[], []],
    [['456'], ['456']],
    [
      ['01700000042', ' +880 1700-000042 ', '123'],
      ['+8801700000042', '+8801700000042', '123'],
    ],
    [Array(16).fill('456'), Array(16).fill('456')],
    [['x'.repeat(256)], ['x'.repeat(256)]],
  ])('%j names them', (customer_ids, values) => {
    const event = read({ ...GOOD, customer_ids })
    expect(event?.others.map(({ value }) => value)).toEqual(values)
    expect(event?.subject.value).toBe('123')
  })

  test.each([
    ['456'],
    [456],
    [{ 0: '456' }],
    [['456', 789]],
    [['456', null]],
    [['456', '']],
    [['456', ' ']],
    [[['456']]],
    [['x'.repeat(257)]],
    [Array(17).fill('456')],
  ])('%j drops the event', (customer_ids) => {
    expect(read({ ...GOOD, customer_ids })).toBeUndefined()
  })

  test('does not stand for customer_id', () => {
    expect(read({ ...GOOD, customer_id: undefined, customer_ids: ['123'] })).toBeUndefined()
  })

  test('is no part of the fingerprint', () => {
    expect(read({ ...GOOD, customer_ids: ['456'] })?.fingerprint).toBe(read(GOOD)?.fingerprint)
  })
})

describe('is dropped', () => {
  test.each([
    ['not JSON', '{"customer_id":'],
    ['empty', ''],
    ['NaN', '{"customer_id":"1","event_type":"recharge","timestamp":"2026-11-23T09:00:00Z","value":NaN}'],
    ['an array', [GOOD]],
    ['null', 'null'],
    ['a text', '"recharge"'],
    ['no customer_id', { ...GOOD, customer_id: undefined }],
    ['a blank customer_id', { ...GOOD, customer_id: ' ' }],
    ['customer_id as a number', { ...GOOD, customer_id: 8801700000042 }],
    ['customer_id of 257 characters', { ...GOOD, customer_id: 'x'.repeat(257) }],
    ['no event_type', { ...GOOD, event_type: undefined }],
    ['no timestamp', { ...GOOD, timestamp: undefined }],
    ['timestamp as a number', { ...GOOD, timestamp: 1795424400000 }],
    ['a bad timestamp', { ...GOOD, timestamp: '23/11/2026 09:00' }],
    ['the year 2099', { ...GOOD, timestamp: '2099-01-01T00:00:00Z' }],
    ['a negative recharge', { ...GOOD, amount: -0.01 }],
    ['a negative recharge by another name', { ...GOOD, event_type: 'topup', source: 'billing', amount: -1 }],
    ['negative data usage', { ...GOOD, event_type: 'data_usage', value: -1 }],
    ['a negative recharge that reverses nothing', { ...GOOD, amount: -1, reverses: null }],
  ])('%s', (_, value) => {
    expect(read(value)).toBeUndefined()
  })

  test('more than 24 hours after the Kafka timestamp, and not a millisecond earlier', () => {
    const timestamp = Date.parse('2026-11-22T09:00:00Z')
    expect(read(GOOD, { timestamp })).toBeDefined()
    expect(read(GOOD, { timestamp: timestamp - 1 })).toBeUndefined()
  })
})

test.each([
  ['an unknown source', { ...GOOD, source: 'CRM' }],
  ['a source that is no text', { ...GOOD, source: 7 }],
  ['a value that is no number', { ...GOOD, value: 'fifty' }],
  ['a value beyond all bounds', { ...GOOD, value: 1e12 }],
  ['an event id that is no text', { ...GOOD, event_id: 7 }],
  ['an event id that is too long', { ...GOOD, event_id: 'x'.repeat(257) }],
])('%s is refused as undefined instead of guessed at', (_, value) => {
  expect(() => read(value)).toThrow(/keep it out of the load/)
})

test('__proto__ as a key is data', () => {
  const text = '{"__proto__":{"event_type":"x"},"customer_id":"123","timestamp":"2026-11-23T09:00:00Z"}'
  expect(read(text)).toBeUndefined()
})
