import type { Position } from './position.ts'
import type { Subject } from './subject.ts'

/** How an event's identity was found, from the most to the least that a producer can rely on. */
export type IdentityKind = 'event_id' | 'content' | 'offset' | 'webhook_id' | 'request'

/** What makes two deliveries one event: hashed by the shell, unique over everything. */
export interface IdentityClaim {
  readonly kind: IdentityKind
  readonly id: string
}

/** An event as the rules know it. */
export interface Event extends Position {
  readonly type: string
  readonly source: string
  /** Ten-thousandths; null where the event carries none. */
  readonly value: number | null
  /** The JSON as it came, metadata and unknown fields included; parsed only for rules that look into it. */
  readonly payload: string
  /** Whether no rule may see it: the worker that folded it did not come back. */
  readonly isBarred?: boolean
}

/**
 * Types that only Laurel itself writes: what somebody decided about a wallet, accepted once and then a fact,
 * and what was refused, kept so that asking again gets the same answer. They are no activity of the customer.
 */
export const SPEND = 'laurel.spend'
export const ADJUST = 'laurel.adjust'
export const REFUSED = 'laurel.refused'
const RESERVED = 'laurel.'

export function isWalletEvent(type: string): boolean {
  return type.startsWith(RESERVED)
}

/** What normalization makes of one message. */
export interface NormalEvent {
  readonly claim: IdentityClaim
  readonly source: string
  readonly subject: Subject
  /** Other ids of the same customer, which this event links to its subject. */
  readonly others: readonly Subject[]
  /** The claim of the event that never happened by this one's word; null for what is no reversal. */
  readonly reverses: IdentityClaim | null
  readonly type: string
  /** Unix ms. */
  readonly at: number
  /** Ten-thousandths; null where the event carries none. */
  readonly value: number | null
  /** customer_id, event_type, timestamp, value and reverses as written: what tells a resend from a conflict. */
  readonly fingerprint: string
  /** Remarks that do not stop the event. */
  readonly flags: readonly Flag[]
}

/** `AMOUNT_IGNORED`: value and amount both came, and differ. */
export type Flag = 'AMOUNT_IGNORED'
