import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Message, Payload } from '#domain/message.ts'
import { parseSources } from '#domain/source.ts'
import { type Delivery, deliveriesOf, headerText, type Prepared, prepare } from '#pipeline/delivery.ts'
import { identityOf } from '#pipeline/identity.ts'

const file = new URL('../../../programs/telco/sources.yaml', import.meta.url)
const sources = parseSources(
  'sources.yaml',
  `${readFileSync(file, 'utf8')}\n  off: { enabled: false }\n`,
  'Asia/Dhaka',
)

const ARRIVAL = Date.parse('2026-11-23T09:00:00Z')
const EVENT = {
  customer_id: '+8801700000042',
  event_type: 'recharge',
  timestamp: '2026-11-23T08:00:00Z',
  amount: 50,
}

function delivered(value: Payload, change: Partial<Message> = {}, topic = 'billing-events'): Delivery {
  const message = { offset: '7', timestamp: ARRIVAL, value, ...change }
  return deliveriesOf({ key: 'k', cluster: 'c', topic, partition: 0, messages: [message] }, sources)[0]!
}

function rejected(prepared: Prepared) {
  if ('rejection' in prepared) return prepared
  throw new Error('it was accepted')
}

function identityOfFixed(original: string, fix: object, change: Partial<Message> = {}): string {
  const prepared = prepare({ ...delivered(original, change), fix: JSON.stringify(fix) }, sources)
  if ('rejection' in prepared) throw new Error(JSON.stringify(prepared.rejection))
  return prepared.identity
}

describe('the messages of a batch', () => {
  test.each([
    ['billing-events', 'billing'],
    ['cdr-events', 'in'],
    ['customer-events', 'kafka'],
    ['a-topic-of-its-own', 'kafka'],
  ])('of topic %s come from %s, where they do not say', (topic, source) => {
    expect(delivered('{}', {}, topic).origin).toMatchObject({ source, bound: false, arrival: ARRIVAL })
  })

  test('fall back on where they stand', () => {
    expect(delivered('{}').origin.fallback()).toEqual({
      kind: 'offset',
      id: `c/billing-events/0/7/${ARRIVAL}/44136fa355b3678a`,
    })
  })

  test.each<[Message['headers'], string | undefined]>([
    [undefined, undefined],
    [[['other', 'x']], undefined],
    [[['event-id', 'e-1']], 'e-1'],
    [[['Event-ID', 'e-1']], 'e-1'],
    [
      [
        ['event-id', 'e-1'],
        ['event-id', 'e-2'],
      ],
      'e-1',
    ],
    [[['event-id', null]], undefined],
    [[['event-id', { base64: '/w==' }]], undefined],
  ])('with headers %j have the id %s', (headers, id) => {
    const message = { offset: '7', timestamp: 0, value: '{}', ...(headers && { headers }) }
    expect(headerText(message, 'event-id')).toBe(id)
    expect(delivered('{}', headers && { headers }).origin.headerId).toBe(id)
  })
})

describe('a message that is an event', () => {
  test('keeps its text, and gets its identity', () => {
    const text = JSON.stringify({ ...EVENT, event_id: 'e-1', metadata: { __proto__: null } })
    const prepared = prepare(delivered(text), sources)
    expect(prepared).toMatchObject({
      text,
      identity: identityOf('billing', { kind: 'event_id', id: 'e-1' }),
      normal: { source: 'billing', type: 'recharge', value: 500_000 },
    })
  })

  test('may be as large as 256 KiB, counted in bytes', () => {
    const sized = (bytes: number, filling: string) => {
      const frame = JSON.stringify({ ...EVENT, metadata: { text: '' } })
      const room = bytes - frame.length
      const width = Buffer.byteLength(filling)
      const text = filling.repeat(room / width) + 'x'.repeat(room % width)
      return frame.replace('""', `"${text}"`)
    }
    for (const filling of ['x', 'é', '€', '😀']) {
      expect(prepare(delivered(sized(262_144, filling)), sources)).toHaveProperty('normal')
      expect(rejected(prepare(delivered(sized(262_145, filling)), sources)).rejection).toEqual({
        code: 'MESSAGE_TOO_LARGE',
        pointer: '',
        expected: 'at most 262144 bytes',
        got: '"262145 bytes"',
      })
    }
  })

  test('may have __proto__ as a key, which is data like any other', () => {
    const text = JSON.stringify(EVENT).replace('{', '{"__proto__":{"customer_id":"999"},')
    expect(prepare(delivered(text), sources)).toMatchObject({
      text,
      normal: { subject: { value: '+8801700000042' } },
    })
    expect(({} as { customer_id?: string }).customer_id).toBeUndefined()
  })
})

describe('a message that is none', () => {
  const event = (change: object) => JSON.stringify({ ...EVENT, ...change })

  test.each<[string, Payload, string, string]>([
    ['without content', null, 'MESSAGE_EMPTY', ''],
    ['with an empty text', '', 'MESSAGE_EMPTY', ''],
    ['not in UTF-8', { base64: '/w==' }, 'ENCODING_INVALID', ''],
    ['not JSON', 'recharge 50', 'JSON_INVALID', ''],
    ['with NaN', '{"amount": NaN}', 'JSON_INVALID', ''],
    ['an array', `[${event({})}]`, 'JSON_NOT_AN_OBJECT', ''],
    ['too deep', event({}).replace('50', `${'['.repeat(64)}${']'.repeat(64)}`), 'JSON_TOO_DEEP', ''],
    ['with a NUL', `${event({})}\0`, 'TEXT_HAS_NUL', ''],
    ['with an escaped NUL', event({ metadata: { note: 'a\0' } }), 'TEXT_HAS_NUL', '/metadata/note'],
    ['without a customer', event({ customer_id: undefined }), 'CUSTOMER_MISSING', '/customer_id'],
    ['whose customer is a number', event({ customer_id: 8801700000042 }), 'CUSTOMER_INVALID', '/customer_id'],
    ['with a wrong time', event({ timestamp: 'yesterday' }), 'TIMESTAMP_INVALID', '/timestamp'],
    ['of the year 2099', event({ timestamp: '2099-01-01T00:00:00Z' }), 'TIMESTAMP_IN_FUTURE', '/timestamp'],
    ['of a negative recharge', event({ amount: -50 }), 'VALUE_NEGATIVE', '/amount'],
    ['of a source that is switched off', event({ source: 'off' }), 'SOURCE_DISABLED', '/source'],
  ])('%s is refused', (_, value, code, pointer) => {
    expect(rejected(prepare(delivered(value), sources)).rejection).toMatchObject({ code, pointer })
  })

  test('still tells its customer, where it says one', () => {
    const customer = (value: string) => rejected(prepare(delivered(value), sources)).customer
    expect(customer(event({ timestamp: 'yesterday' }))).toBe('+8801700000042')
    expect(customer(event({ customer_id: 5 }))).toBeNull()
    expect(customer('{')).toBeNull()
  })

  test('for a reason that nobody foresaw is a failure like any other', () => {
    const { origin, ...delivery } = delivered(event({}))
    const broken = {
      ...origin,
      fallback: () => {
        throw new Error('a fault')
      },
    }
    expect(rejected(prepare({ ...delivery, origin: broken }, sources)).rejection).toEqual({
      code: 'STAGE_FAILED',
      pointer: '',
      expected: 'no error',
      got: 'Error: a fault',
    })
  })
})

describe('a repaired event keeps the identity of what it repairs', () => {
  const wrong = { ...EVENT, amount: 'fifty' }
  const coordinates = (text: string) => delivered(text).origin.fallback()

  test('its id', () => {
    const original = JSON.stringify({ ...wrong, event_id: 'e-1' })
    expect(identityOfFixed(original, { ...EVENT, event_id: 'e-1' })).toBe(
      identityOf('billing', { kind: 'event_id', id: 'e-1' }),
    )
  })

  test('its id, also where the repair loses it', () => {
    const original = JSON.stringify({ ...wrong, event_id: 'e-1' })
    expect(identityOfFixed(original, EVENT)).toBe(identityOf('billing', { kind: 'event_id', id: 'e-1' }))
  })

  test('its header’s id', () => {
    const headers = [['event-id', 'h-1']] as const
    expect(identityOfFixed(JSON.stringify(wrong), EVENT, { headers })).toBe(
      identityOf('billing', { kind: 'event_id', id: 'h-1' }),
    )
  })

  test('its content, as it was', () => {
    const original = '{"timestamp":"2026-11-23T08:00:00.5Z","amount":"fifty"}'
    const id = '{"amount":"fifty","timestamp":"2026-11-23T08:00:00.5Z"}'
    expect(identityOfFixed(original, EVENT)).toBe(identityOf('billing', { kind: 'content', id }))
  })

  test.each(['{"amount": NaN}', '', '[1]', JSON.stringify(wrong)])('else where it stood: %s', (original) => {
    expect(identityOfFixed(original, EVENT)).toBe(identityOf('billing', coordinates(original)))
  })

  test('within the source that it named in its own way', () => {
    const original = JSON.stringify({ ...wrong, source: ' CRM ', timestamp: '2026-11-23T08:00:00.5Z' })
    const { source, claim } = { source: 'crm', claim: { kind: 'content' as const, id: '' } }
    const right = { ...EVENT, source: 'crm' }
    expect(identityOfFixed(original, right)).toBe(
      identityOf(source, {
        ...claim,
        id: '{"amount":"fifty","customer_id":"+8801700000042","event_type":"recharge","source":" CRM ","timestamp":"2026-11-23T08:00:00.5Z"}',
      }),
    )
  })

  test('unless it is given an id of its own: that is how a conflict is put right', () => {
    const original = JSON.stringify({ ...EVENT, event_id: 'e-1' })
    expect(identityOfFixed(original, { ...EVENT, event_id: 'e-2' })).toBe(
      identityOf('billing', { kind: 'event_id', id: 'e-2' }),
    )
  })
})
