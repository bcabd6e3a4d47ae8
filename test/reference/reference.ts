import { dayOf, weekOf } from './calendar.ts'
import { type Delivery, type Event, type Identification, readEvent, type Subject, uuidOf } from './event.ts'
import { keyOf, linkedSubjects } from './links.ts'
import {
  type Award,
  type Badge,
  decimal,
  firstRecharge,
  kyc,
  loginStreak,
  type Mission,
  rechargePoints,
  weeklyData,
} from './rules.ts'
import { type Score, scores } from './scores.ts'

// What the starter program `telco` comes to, worked out from all deliveries at once and by brute force. It
// imports nothing of Laurel's own, so that the two cannot be wrong in the same way.

type Board = 'points-week' | 'points-all'

interface Rank {
  /** `2026-W48`, or `all`. */
  readonly period: string
  readonly rank: number
  readonly total: number
}

interface Wallet {
  readonly balance: number
  readonly earned: number
  readonly spent: number
  readonly expired: number
  readonly adjusted: number
  readonly pending: number
}

/** A customer as `GET /v1/customers/{id}` shows them. */
export interface Customer {
  /** All that are linked to one another, sorted by their keys; the first is the customer's root. */
  readonly subjects: readonly Subject[]
  readonly scores: Record<string, Score>
  readonly wallets: { readonly points: Wallet }
  readonly badges: readonly Badge[]
  readonly missions: readonly Mission[]
  readonly tiers: Readonly<Record<string, never>>
  readonly attributes: Readonly<Record<string, never>>
  readonly segments: readonly string[]
  readonly eligible: boolean
  readonly ranks: Record<Board, Rank | null>
}

interface Standing {
  readonly rank: number
  /** The customer's root: `msisdn:+8801700000042`. */
  readonly customer: string
  readonly total: number
  /** When, and by which event, the present total was reached. */
  readonly achievedAt: string
  readonly eventId: string
}

export interface Options {
  /** The time the result is as of, Unix ms. */
  readonly now: number
  /** Timestamps without a zone are in this one. */
  readonly hostZone: string
  /** The Kafka cluster's id, of which the identity of events without a better one is made. */
  readonly cluster?: string
  /** The identity of an event, which also decides ties in time. Laurel's own by default. */
  readonly identify?: (event: Identification) => string
}

export interface Result {
  /** How many different events were accepted, reversals among them. */
  readonly events: number
  /** What holds no valid event: each is a failure. */
  readonly refused: readonly Delivery[]
  /** By `msisdn:+8801700000042`, `uuid:…` or `other:…`: a customer once for each of their subjects. */
  readonly customers: Map<string, Customer>
  /** Best first; period is an ISO week (`2026-W48`) for `points-week`, and `all` for `points-all`. */
  readonly standings: (board: Board, period: string) => Standing[]
}

/** What the deliveries come to, in whatever order and however often they came. */
export function reference(deliveries: Iterable<Delivery>, options: Options): Result {
  const { now, hostZone, cluster = '', identify = uuidOf } = options
  const { events, refused } = readAll(deliveries, { hostZone, cluster, identify })
  const linked = linkedSubjects(events)
  // What counts for nothing links all the same: a customer may have no history at all.
  const histories = new Map<string, Event[]>()
  for (const subjects of linked.values()) histories.set(rootOf(subjects), [])
  for (const event of withoutReversed(events)) {
    histories.get(rootOf(linked.get(keyOf(event.subject))!))!.push(event)
  }
  for (const history of histories.values()) history.sort(byPosition)

  const today = dayOf(now)
  const week = weekOf(today)
  const awards = new Map([...histories].map(([key, history]) => [key, awardsOf(history, today)]))
  const standings = (board: Board, period: string) => rank(awards, board, period)
  const weekRanks = ranksByCustomer(standings('points-week', week), week)
  const allRanks = ranksByCustomer(standings('points-all', 'all'), 'all')

  const customers = new Map<string, Customer>()
  for (const [key, subjects] of linked) {
    const root = rootOf(subjects)
    const history = histories.get(root)!
    customers.set(key, {
      subjects,
      scores: scores(history, today),
      wallets: { points: wallet(awards.get(root)!) },
      badges: [...firstRecharge(history), ...loginStreak(history, today)],
      missions: [weeklyData(history, today).mission, kyc(history).mission],
      tiers: {},
      attributes: {},
      segments: [],
      eligible: true,
      ranks: { 'points-week': weekRanks.get(root) ?? null, 'points-all': allRanks.get(root) ?? null },
    })
  }
  return { events: events.length, refused, customers, standings }
}

function rootOf(subjects: readonly Subject[]): string {
  return keyOf(subjects[0]!)
}

/** Of several deliveries of one event only the first, which alone links customers; and what holds none. */
function readAll(
  deliveries: Iterable<Delivery>,
  reading: Parameters<typeof readEvent>[1],
): { events: readonly Event[]; refused: readonly Delivery[] } {
  const events = new Map<string, Event>()
  const refused: Delivery[] = []
  for (const delivery of deliveries) {
    const event = readEvent(delivery, reading)
    if (!event) {
      refused.push(delivery)
      continue
    }
    const known = events.get(event.identity)
    if (known && known.fingerprint !== event.fingerprint) {
      throw new Error(
        `two contents share one id, and the order of arrival would decide: ${known.fingerprint} and ${event.fingerprint}`,
      )
    }
    if (!known) events.set(event.identity, event)
  }
  return { events: [...events.values()], refused }
}

/**
 * The events that count: no reversal does, nor does what one names, whichever came first and whosever it is.
 * A reversal that is itself named holds all the same.
 */
function withoutReversed(events: readonly Event[]): Event[] {
  const reversed = new Set(events.map((event) => event.reverses))
  return events.filter((event) => event.reverses === undefined && !reversed.has(event.identity))
}

function byPosition(a: Event, b: Event): number {
  if (a.at !== b.at) return a.at - b.at
  return a.identity < b.identity ? -1 : 1
}

/** Everything a customer was awarded, in order. */
function awardsOf(history: readonly Event[], today: number): Award[] {
  return [...rechargePoints(history), ...weeklyData(history, today).awards, ...kyc(history).awards].sort(
    (a, b) => byPosition(a.by, b.by),
  )
}

function total(awards: readonly Award[]): bigint {
  return awards.reduce((sum, award) => sum + award.amount, 0n)
}

/** The starter program neither spends nor expires: what was earned is what is there. */
function wallet(awards: readonly Award[]): Wallet {
  const earned = decimal(total(awards))
  return { balance: earned, earned, spent: 0, expired: 0, adjusted: 0, pending: 0 }
}

function rank(awards: ReadonlyMap<string, readonly Award[]>, board: Board, period: string): Standing[] {
  const entries: { customer: string; total: bigint; reachedBy: Event }[] = []
  for (const [customer, all] of awards) {
    const counted = board === 'points-all' ? all : all.filter((award) => weekOf(award.by.day) === period)
    const last = counted.at(-1)
    if (last) entries.push({ customer, total: total(counted), reachedBy: last.by })
  }
  // No two customers share an event, so the positions always decide between equal totals.
  entries.sort((a, b) => {
    if (a.total !== b.total) return a.total > b.total ? -1 : 1
    return byPosition(a.reachedBy, b.reachedBy)
  })
  let place = 0
  return entries.map((entry, index) => {
    if (entries[index - 1]?.total !== entry.total) place = index + 1
    return {
      rank: place,
      customer: entry.customer,
      total: decimal(entry.total),
      achievedAt: new Date(entry.reachedBy.at).toISOString(),
      eventId: entry.reachedBy.identity,
    }
  })
}

function ranksByCustomer(standings: readonly Standing[], period: string): Map<string, Rank> {
  return new Map(standings.map(({ customer, rank, total }) => [customer, { period, rank, total }]))
}
