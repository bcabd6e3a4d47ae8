import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { describeRejection, FAILURES, Rejected } from '#domain/failure.ts'
import { parseEvent } from '#domain/json.ts'
import type { Payload } from '#domain/message.ts'
import { claimedIdentity, normalize, type Origin } from '#domain/normalization.ts'
import { parseSources } from '#domain/source.ts'
import { deliveriesOf, prepare } from '#pipeline/delivery.ts'
import { law } from './law.ts'

const sources = parseSources(
  'sources.yaml',
  `
country: BD
zone: Asia/Dhaka
topics: { t: kafka }
sources:
  kafka: {}
  crm: { identity: content, types: { kyc: kyc_update } }
  off: { enabled: false }
  cdr: { fields: { customer_id: a.b, event_type: a.c, timestamp: a.d, value: a.e, event_id: a.f } }
`,
  'UTC',
)

const ARRIVAL = Date.parse('2026-11-23T09:00:00Z')

const customers = fc.constantFrom(
  '123',
  '+8801700000042',
  '01700000042',
  '3e0a1c5e-aaaa-4bbb-8ccc-0123456789ab',
)
const types = fc.constantFrom('recharge', 'data_usage', 'kyc', 'fee')
const times = fc.constantFrom('2026-11-23T08:00:00Z', '2026-11-23T14:00:00.123456', '1999-12-31 23:59')
const values = fc.constantFrom<unknown[]>(50, '50.00', 0.00005, 1e9, 0, null)
const ids = fc.constantFrom<unknown[]>('e-1', 17, 'é')

/** Events that most origins accept. */
const rightEvents = fc.record(
  {
    customer_id: customers,
    event_type: types,
    timestamp: times,
    value: values,
    amount: values,
    event_id: ids,
    id: ids,
    specversion: fc.constant('1.0'),
    source: fc.constantFrom('kafka', ' CRM ', 'cdr', null),
    source_name: fc.constantFrom('crm', 'cdr'),
    metadata: fc.dictionary(fc.string(), fc.jsonValue()),
    a: fc.record({ b: customers, c: types, d: times, e: values, f: ids }),
  },
  { requiredKeys: ['customer_id', 'event_type', 'timestamp', 'a'] },
)

/** What takes the place of some of their fields: nearly right, or anything. */
const spoilt = fc.dictionary(
  fc.constantFrom(
    'customer_id',
    'event_type',
    'timestamp',
    'value',
    'amount',
    'event_id',
    'id',
    'source',
    'metadata',
    'reverses',
    'a',
  ),
  fc.oneof(
    fc.constantFrom<unknown[]>(
      '',
      ' ',
      -1,
      1e10,
      1.5,
      'off',
      'nobody',
      '2026-02-30T08:00:00Z',
      '2099-01-01T00:00:00Z',
    ),
    fc.jsonValue(),
  ),
  { maxKeys: 2 },
)

const events = fc
  .oneof(
    rightEvents,
    fc.tuple(rightEvents, spoilt).map(([right, wrong]) => ({ ...right, ...wrong })),
  )
  .map((event) => JSON.stringify(event))

const origins: fc.Arbitrary<Origin> = fc.record({
  source: fc.constantFrom('kafka', 'crm', 'cdr', 'off', 'nobody'),
  bound: fc.constantFrom(false, false, false, true),
  arrival: fc.oneof({ weight: 3, arbitrary: fc.constant(ARRIVAL) }, fc.integer({ min: -8e15, max: 8e15 })),
  headerId: fc.option(fc.string(), { nil: undefined }),
  fallback: fc.constant(() => ({ kind: 'offset' as const, id: 'the coordinates' })),
})

describe('normalization', () => {
  law('gives an event or a reason, and nothing else', events, origins, (text, origin) => {
    const object = parseEvent(text)
    let normal: ReturnType<typeof normalize>
    try {
      normal = normalize(object, text, origin, sources)
    } catch (error) {
      if (!(error instanceof Rejected)) throw error
      const { rejection } = error
      expect(FAILURES).toHaveProperty(rejection.code)
      expect(rejection.pointer).toMatch(/^(\/[^/]*)*$/)
      expect(rejection.got.length).toBeLessThanOrEqual(81)
      expect(describeRejection(rejection)).toMatch(/\.$/)
      return
    }
    expect(sources.byName.get(normal.source)?.enabled).toBe(true)
    expect(normal.subject.value.trim()).not.toBe('')
    expect(normal.type.trim()).not.toBe('')
    expect(normal.at).toBeLessThanOrEqual(origin.arrival + 86_400_000)
    expect(Number.isSafeInteger(normal.value ?? 0)).toBe(true)
    expect(Math.abs(normal.value ?? 0)).toBeLessThanOrEqual(1e13)
  })

  law('claims the same identity whether or not the rest is right', events, origins, (text, origin) => {
    const object = parseEvent(text)
    const claimed = claimedIdentity(object, text, origin, sources)
    try {
      const { source, claim } = normalize(object, text, origin, sources)
      expect(claimed).toEqual({ source, claim })
    } catch (error) {
      if (!(error instanceof Rejected)) throw error
    }
  })
})

/** As the bridge reads a message. */
function payloadOf(bytes: Uint8Array): Payload {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

/** Right bytes, any bytes, and right ones with a few others among them. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  events.map((text) => Buffer.from(text)),
  fc.tuple(events, fc.uint8Array({ maxLength: 3 }), fc.nat(200)).map(([text, other, place]) => {
    const right = Buffer.from(text)
    return Buffer.concat([right.subarray(0, place), other, right.subarray(place)])
  }),
)

function delivered(value: Uint8Array, timestamp: number) {
  const message = { offset: '7', timestamp, value: payloadOf(value) }
  return deliveriesOf({ key: 'k', cluster: 'c', topic: 't', partition: 0, messages: [message] }, sources)[0]!
}

describe('a message', () => {
  law('of any bytes becomes an event or a failure that explains itself', bytes, (value) => {
    const prepared = prepare(delivered(value, ARRIVAL), sources)
    if ('normal' in prepared) {
      expect(prepared.identity).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      return
    }
    expect(prepared.rejection.code).not.toBe('STAGE_FAILED')
    expect(prepared.rejection.got).not.toContain('\0')
    expect(prepared.rejection.got.isWellFormed()).toBe(true)
    expect(prepared.rejection.pointer).not.toContain('\0')
  })

  law(
    'may carry any timestamp',
    bytes,
    fc.oneof(fc.integer(), fc.double({ noNaN: true })),
    (value, timestamp) => {
      expect(() => prepare(delivered(value, timestamp), sources)).not.toThrow()
    },
  )

  law('is repaired under one identity, however often', bytes, events, events, (value, fix, other) => {
    const delivery = delivered(value, ARRIVAL)
    const [first, second] = [fix, other].map((text) => prepare({ ...delivery, fix: text }, sources))
    if (!first || !second || 'rejection' in first || 'rejection' in second) return
    const hasOwnId = [first, second].some(({ normal }) => normal.claim.kind === 'event_id')
    if (!hasOwnId) expect(first.identity).toBe(second.identity)
  })
})
