import type { Event, Subject } from './event.ts'

/** A subject as one text: `msisdn:+8801700000042`. */
export function keyOf({ kind, value }: Subject): string {
  return `${kind}:${value}`
}

/**
 * Every subject's key with all subjects of its customer, sorted by key: the first is the customer's root. An
 * event makes one customer of all that it names, and so of all that each of them was one with before.
 */
export function linkedSubjects(events: Iterable<Event>): Map<string, readonly Subject[]> {
  const customers = new Map<string, Map<string, Subject>>()
  for (const { subject, others } of events) {
    const joined = new Map<string, Subject>()
    for (const named of [subject, ...others]) {
      const key = keyOf(named)
      for (const [linked, it] of customers.get(key) ?? [[key, named] as const]) joined.set(linked, it)
    }
    for (const key of joined.keys()) customers.set(key, joined)
  }

  const sorted = new Map<Map<string, Subject>, readonly Subject[]>()
  for (const customer of customers.values()) {
    // Keys are compared by code units, as `<` does, and not as a locale would.
    if (!sorted.has(customer)) sorted.set(customer, [...customer.values()].sort(byKey))
  }
  return new Map([...customers].map(([key, customer]) => [key, sorted.get(customer)!]))
}

function byKey(a: Subject, b: Subject): number {
  return keyOf(a) < keyOf(b) ? -1 : 1
}
