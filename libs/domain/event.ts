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
}

/** What normalization makes of one message. */
export interface NormalEvent {
  readonly claim: IdentityClaim
  readonly source: string
  readonly subject: Subject
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
