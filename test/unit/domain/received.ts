import type { NormalEvent } from '#domain/event.ts'
import { Rejected, type Rejection } from '#domain/failure.ts'
import { parseEvent } from '#domain/json.ts'
import { normalize, type Origin } from '#domain/normalization.ts'
import { parseSources } from '#domain/source.ts'

/** Sources that differ in what they say. */
export const sources = parseSources(
  'sources.yaml',
  `
country: BD
zone: Asia/Dhaka
sources:
  kafka: {}
  crm: { types: { kyc: kyc_update } }
  berlin: { zone: Europe/Berlin, country: DE }
  dwh: { identity: content }
  off: { enabled: false }
  cdr:
    types: { data: data_usage }
    fields:
      customer_id: payload.msisdn
      event_type: kind
      timestamp: payload.at
      value: payload.amount.total
      event_id: payload.id
  linked:
    links: [metadata.msisdn, account.id]
    fields: { reverses: payload.cancels, event_id: payload.id }
  odd: { fields: { value: usage/total.m~b } }
`,
  'UTC',
)

export const ORIGIN: Origin = {
  source: 'kafka',
  bound: false,
  arrival: Date.parse('2026-11-23T09:00:00Z'),
  headerId: undefined,
  fallback: () => ({ kind: 'offset', id: 'the coordinates' }),
}

/** One that is accepted, to be spoilt. */
export const EVENT = {
  customer_id: '+8801700000042',
  event_type: 'recharge',
  timestamp: '2026-11-23T08:00:00Z',
  value: 50,
}

export function normalized(content: string | object, origin: Partial<Origin> = {}): NormalEvent {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return normalize(parseEvent(text), text, { ...ORIGIN, ...origin }, sources)
}

/** Why an event is refused. */
export function rejection(content: string | object, origin: Partial<Origin> = {}): Rejection {
  try {
    normalized(content, origin)
  } catch (error) {
    if (error instanceof Rejected) return error.rejection
    throw error
  }
  throw new Error('it was not rejected')
}
