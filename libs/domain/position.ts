/** A customer's events are totally ordered by the time they happened at, then by their identity. */
export interface Position {
  /** Unix ms. */
  readonly at: number
  /** The event's identity, a lower-case UUID: compared as text, which is how its bytes compare. */
  readonly identity: string
}

/** Negative where `a` comes before `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.at !== b.at) return a.at - b.at
  return a.identity < b.identity ? -1 : a.identity > b.identity ? 1 : 0
}
