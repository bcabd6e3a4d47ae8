import { batchLimit } from '../apps/bridge/batching.ts'
import { mulberry32, type Random } from '../apps/cli/population/random.ts'
import type { LoadEvent } from './load.ts'

/** An order in which the same events are delivered. */
export interface Arrival {
  readonly name: string
  /** Batch by batch; duplicates are there as often as they are delivered. */
  readonly batches: readonly (readonly LoadEvent[])[]
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const LATE = 0.1
const TWICE = 0.2
/** Messages of a batch, as the bridge makes them when there are enough. */
export const BATCH = batchLimit.messages

/** The order to compare with first, then those that put disorder into it. */
export function arrivals(events: readonly LoadEvent[], seed: number): readonly Arrival[] {
  // The late ones of both delays are the same events.
  const late = (delay: number) => {
    const random = mulberry32(seed + 1)
    return arriving(events.map((event) => [event, random() < LATE ? random() * delay : 0]))
  }
  const again = mulberry32(seed + 2)
  const second = events.filter(() => again() < TWICE)
  const orders = {
    'in order': events,
    '10 % late, up to 1 h': late(HOUR),
    '10 % late, up to 1 day': late(DAY),
    'shuffled (a backfill)': shuffled(mulberry32(seed + 3), events),
    '20 % delivered twice': arriving([
      ...events.map((event): [LoadEvent, number] => [event, 0]),
      ...second.map((event): [LoadEvent, number] => [event, again() * DAY]),
    ]),
  }
  return Object.entries(orders).map(([name, order]) => ({ name, batches: batched(order) }))
}

/**
 * The fraction of games, counted once for each batch that touches them, that had already got past one of the
 * batch's new events: how much of its disorder an arrival makes the fold see. An event that is late, but
 * still the customer's newest, is none.
 */
export function lateShare({ batches }: Arrival): number {
  const seen = new Set<LoadEvent>()
  const reached = new Map<number, number>()
  let [games, late] = [0, 0]
  for (const batch of batches) {
    const first = new Map<number, number>()
    const last = new Map<number, number>()
    for (const event of batch) {
      if (seen.has(event)) continue
      seen.add(event)
      first.set(event.customer, Math.min(event.at, first.get(event.customer) ?? event.at))
      last.set(event.customer, Math.max(event.at, last.get(event.customer) ?? event.at))
    }
    games += first.size
    for (const [customer, at] of first) {
      const before = reached.get(customer) ?? Number.NEGATIVE_INFINITY
      if (at < before) late++
      reached.set(customer, Math.max(before, last.get(customer)!))
    }
  }
  return games === 0 ? 0 : late / games
}

/** Events in the order in which they come, each so many ms after it happened. */
function arriving(delayed: readonly (readonly [LoadEvent, number])[]): readonly LoadEvent[] {
  return delayed.toSorted(([a, x], [b, y]) => a.at + x - (b.at + y)).map(([event]) => event)
}

function shuffled(random: Random, events: readonly LoadEvent[]): readonly LoadEvent[] {
  return events
    .map((event) => ({ event, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ event }) => event)
}

function batched(events: readonly LoadEvent[]): readonly (readonly LoadEvent[])[] {
  return Array.from({ length: Math.ceil(events.length / BATCH) }, (_, index) =>
    events.slice(index * BATCH, (index + 1) * BATCH),
  )
}
