import type { Zone } from '../zone.ts'
import { heldUntil, type Requalification, type TierState } from './tier.ts'

/** A tier as the customer's profile lists it. */
export interface Tier {
  readonly id: string
  /** The names of its levels, the lowest first. */
  readonly names: readonly string[]
  /** Null where it is held for good. */
  readonly again: Requalification | null
  /** When its rule ends, and time takes no level away any more: Unix ms, or Infinity. */
  readonly until: number
}

/** The level of a tier that the customer holds. */
export interface HeldTier {
  /** From 1. */
  readonly level: number
  readonly name: string
  /** ISO 8601. */
  readonly since: string
  /** When time takes it away unless it is reached again before, ISO 8601; null where time does not. */
  readonly until: string | null
}

/** What a customer holds of a tier; null for no level of it. */
export function heldTier(
  { names, again, until }: Tier,
  state: TierState | undefined,
  zone: Zone,
): HeldTier | null {
  if (state === undefined || state.level === 0) return null
  const end = heldUntil(state, again, zone)
  return {
    level: state.level,
    name: names[state.level - 1]!,
    since: new Date(state.since).toISOString(),
    until: end === null || end > until ? null : new Date(end).toISOString(),
  }
}
