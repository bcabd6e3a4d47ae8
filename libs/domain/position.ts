/** A customer's events are totally ordered by the time they happened at, then by their identity. */
export interface Position {
  /** Unix ms. */
  readonly at: number
  /** The event's identity, a lower-case UUID: compared as text, which is how its bytes compare. */
  readonly identity: string
}

/** The identity at a position that time alone brought about: it comes before every event of its millisecond. */
export const NO_EVENT = '00000000-0000-0000-0000-000000000000'

/** Negative where `a` comes before `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.at !== b.at) return a.at - b.at
  return a.identity < b.identity ? -1 : a.identity > b.identity ? 1 : 0
}

/** Whether `a` comes before `b`; nothing comes before the beginning (null), which comes before everything. */
export function isBefore(a: Position | null, b: Position | null): boolean {
  if (b === null) return false
  return a === null || comparePositions(a, b) < 0
}
