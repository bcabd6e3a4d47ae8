import { expect } from 'vitest'
import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { comparePositions } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { compared, play } from '../../property/book.ts'

/**
 * What a customer has in the end: folded in order, and arriving event by event in order and backwards, which
 * all have to agree. Checkpoints come often enough to be started from.
 *
 * @param until a time to come to
 */
export function ending(program: Program, events: readonly Event[], until?: string) {
  const often = { ...program, checkpointEvery: 2 }
  const end = until === undefined ? undefined : Date.parse(until)
  const inOrder = events.toSorted(comparePositions)
  const whole = foldAll(NEW_GAME, events, often, end)
  for (const arrivals of [inOrder, inOrder.toReversed()]) {
    const book = play(
      arrivals.map((each) => [each]),
      often,
    )
    if (end !== undefined) book.advance(end)
    const { live, whole: fromNothing } = compared(book)
    expect(live).toEqual(fromNothing)
    expect(live.state).toEqual(whole.state)
    expect(live.awards).toHaveLength(whole.outcomes.length)
  }
  return whole
}
