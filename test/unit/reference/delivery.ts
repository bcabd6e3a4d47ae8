import type { Delivery } from '../../reference/event.ts'
import { type Customer, type Options, reference } from '../../reference/reference.ts'

/** Late enough for whatever the tables hold not to lie in the future. */
const DELIVERED = Date.parse('2030-01-01T00:00:00Z')

/** Deliveries of one partition, in order; an object is written as JSON. */
export function deliver(values: readonly unknown[], more: Partial<Delivery> = {}): Delivery[] {
  return values.map((value, index) => ({
    topic: 'customer-events',
    partition: 0,
    offset: String(index),
    timestamp: DELIVERED,
    value: typeof value === 'string' ? value : JSON.stringify(value),
    ...more,
  }))
}

/** Type, local time in Dhaka (`2026-11-23 09:00`), and a value where there is one. */
export type Line = readonly [type: string, time: string, value?: number]

/** The lines as events of customer 123, with the ids e0, e1, … */
export function events(lines: readonly Line[]): object[] {
  return lines.map(([event_type, time, value], index) => ({
    event_id: `e${index}`,
    customer_id: '123',
    event_type,
    timestamp: `${time.replace(' ', 'T')}+06:00`,
    value,
  }))
}

/** Customer 123 as of a local time in Dhaka. */
export function customerAsOf(now: string, lines: readonly Line[]): Customer {
  const result = reference(deliver(events(lines)), options(now))
  const customer = result.customers.get('other:123')
  if (!customer) throw new Error('none of the lines is a valid event')
  return customer
}

export function options(now: string): Options {
  return { now: Date.parse(`${now.replace(' ', 'T')}+06:00`), hostZone: 'UTC' }
}
