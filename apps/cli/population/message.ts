import { Zone } from '#domain/zone.ts'

/** Where these people live. */
export const HOME = new Zone('Asia/Dhaka')

/** A message for Kafka, without a key, as producers of this kind send it. */
export interface SampleMessage {
  readonly topic: string
  readonly value: string
}

export interface Customer {
  /** E.164, or a UUID. */
  readonly id: string
  readonly recharges: readonly number[]
}

export type Source = 'in' | 'billing' | 'crm' | 'app' | 'dwh' | 'kafka'
export type EventType =
  | 'recharge'
  | 'data_usage'
  | 'app_login'
  | 'kyc_update'
  | 'bill_payment'
  | 'plan_change'

export interface Activity {
  readonly source: Source
  readonly type: EventType | 'bill_issued' | 'bill_paid'
  readonly customer: Customer
  /** Unix ms. */
  readonly at: number
  /** What the clock shows below a millisecond. */
  readonly micros: number
  /** Undefined for what has none. */
  readonly value: number | undefined
  readonly eventId: string | undefined
  /** What the event says besides, such as `metadata`. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Each source has its own topic and its own way of writing.
 *
 * @param zone the one whose clock `in` writes without naming it; null where messages stand by themselves, in a
 *   file that may be read anywhere: then each names its source and the offset of its clock
 */
export function write(activity: Activity, zone: Zone | null): SampleMessage {
  const { source, type, customer, at, value, eventId, details } = activity
  const named = zone === null ? { source } : {}
  const id = eventId === undefined ? {} : { event_id: eventId }
  const utc = iso(at)
  switch (source) {
    case 'in': {
      const micros = String(activity.micros).padStart(3, '0')
      const timestamp = zone ? `${local(at, zone)}${micros}` : `${local(at, HOME)}${micros}+06:00`
      const event_type = type === 'recharge' ? 'topup' : type === 'data_usage' ? 'data' : type
      const fields = { ...id, source_name: 'in', customer_id: national(customer), event_type, timestamp }
      return { topic: 'cdr-events', value: pythonJson({ ...fields, value, ...details }) }
    }
    case 'billing': {
      const event_type = type === 'recharge' ? 'top_up' : type
      const fields = {
        ...id,
        ...named,
        event_type,
        customer_id: spaced(customer),
        timestamp: wholeSeconds(utc),
        ...details,
      }
      const head = JSON.stringify(fields).slice(0, -1)
      return { topic: 'billing-events', value: `${head},"amount":${value?.toFixed(2)}}` }
    }
    case 'crm': {
      const event_type = type === 'kyc_update' ? 'kyc' : type
      const fields = { source: 'crm', customer_id: customer.id, event_type, timestamp: utc, channel: 'care' }
      return { topic: 'crm-events', value: JSON.stringify({ ...id, ...fields, ...details }) }
    }
    case 'app': {
      const fields = { source: 'app', event_type: 'login', customer_id: customer.id, timestamp: utc }
      return {
        topic: 'app-events',
        value: JSON.stringify({ ...id, ...fields, device: { os: 'android' }, ...details }),
      }
    }
    case 'dwh': {
      const timestamp = `${local(at, HOME).slice(0, 19)}+06:00`
      const customer_id = customer.id.replace('+', '').toUpperCase()
      const fields = { ...id, source: 'dwh', customer_id, event_type: type, timestamp, value }
      return { topic: 'customer-events', value: JSON.stringify({ ...fields, ...details }) }
    }
    case 'kafka': {
      const fields = {
        ...id,
        ...named,
        customer_id: customer.id,
        event_type: type,
        timestamp: wholeSeconds(utc),
      }
      return { topic: 'customer-events', value: JSON.stringify({ ...fields, amount: value, ...details }) }
    }
  }
}

export function iso(at: number): string {
  return new Date(at).toISOString()
}

/** What the clock of a zone shows, to the millisecond. */
function local(at: number, zone: Zone): string {
  return iso(at + zone.offset(at)).slice(0, -1)
}

function wholeSeconds(utc: string): string {
  return `${utc.slice(0, 19)}Z`
}

/** `01700000042` */
function national({ id }: Customer): string {
  return id.replace('+88', '')
}

/** `+880 1700-000042` */
function spaced({ id }: Customer): string {
  return id.replace(/^\+880(\d{4})/, '+880 $1-')
}

/** As Python's json.dumps spaces it. */
function pythonJson(fields: Record<string, unknown>): string {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return `{${entries.map(([name, value]) => `"${name}": ${JSON.stringify(value)}`).join(', ')}}`
}
