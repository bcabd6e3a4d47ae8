/** When something of a program is in force. */
export interface Force {
  /** Unix ms; -Infinity where it counts all of history. */
  readonly from: number
  /** Unix ms; Infinity while it is open. */
  readonly until: number
}

/** Whether what happens at an instant (Unix ms) counts: from its beginning on, and no more from its end on. */
export function isInForce({ from, until }: Force, instant: number): boolean {
  return instant >= from && instant < until
}
