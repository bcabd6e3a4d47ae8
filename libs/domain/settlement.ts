import type { Challenge, FirstChallenge, Prize, RankChallenge } from './challenge.ts'
import { comparePositions, type Position } from './position.ts'

/** Who is settled at a place: of a challenge a winner, of a board one of its first. */
export interface Settled extends Position {
  readonly customerId: number
  /** Of a challenge of the first, the number in which they came; else the competition rank, which equals share. */
  readonly rank: number
  /** On the board, in ten-thousandths; null where there is none. */
  readonly total: number | null
  /** What is given; null where nothing is, or nothing is left. */
  readonly prize: Prize | null
}

/**
 * Whether a challenge on a board has winners in a period: one that begins at its beginning or later, and ends at its end
 * or earlier. Unix ms.
 */
export function covers(challenge: RankChallenge, startsAt: number, endsAt: number): boolean {
  return startsAt >= challenge.from && endsAt <= challenge.until
}

/** Somebody who did what a challenge asks for, by an event at a position. */
export interface Candidate extends Position {
  readonly customerId: number
}

/** Somebody with a rank on a board. */
export interface Standing extends Candidate {
  readonly rank: number
  readonly total: number
}

/**
 * Who has won, in the order of the events that did it, over all customers. Where a budget is reached, its last prize is
 * the part that is left, and winners after it have none.
 *
 * @param candidates the entries of all customers, in any order; unless the challenge repeats, a customer's first counts
 */
export function firstWinners(
  challenge: FirstChallenge,
  candidates: readonly Candidate[],
): readonly Settled[] {
  const { winners, repeats, reward } = challenge
  const seen = new Set<number>()
  const inOrder = candidates.toSorted(comparePositions).filter(({ customerId }) => {
    const counts = repeats || !seen.has(customerId)
    seen.add(customerId)
    return counts
  })
  const first = inOrder.slice(0, winners).map(({ customerId, at, identity }, i) => {
    return { customerId, at, identity, rank: i + 1, total: null, prize: reward }
  })
  return withinBudget(challenge, first)
}

/**
 * Who has won by rank, in the order of the board: equals share a rank, and each of them has its prize.
 *
 * @param entries the first of a board, in its order
 */
export function rankWinners(challenge: RankChallenge, entries: readonly Standing[]): readonly Settled[] {
  const winners = entries.flatMap(({ customerId, at, identity, rank, total }) => {
    const prize = challenge.prizes.find(({ first, last }) => first <= rank && rank <= last)
    return prize ? [{ customerId, at, identity, rank, total, prize: prize.reward }] : []
  })
  return withinBudget(challenge, winners)
}

function withinBudget({ budget }: Challenge, winners: readonly (Settled & { readonly prize: Prize })[]) {
  let left = budget ?? Number.POSITIVE_INFINITY
  return winners.map((winner): Settled => {
    const amount = Math.min(winner.prize.amount, left)
    left -= amount
    return { ...winner, prize: amount > 0 ? { wallet: winner.prize.wallet, amount } : null }
  })
}
