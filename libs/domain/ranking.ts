import type { Standing } from './outcome.ts'
import { comparePositions } from './position.ts'

/** A customer's total on one board in one period. */
type Entrant = Pick<Standing, 'total' | 'at' | 'identity'> & { readonly customerId: number | string }

/**
 * The totals of one board and period in the order of the board, with competition ranks: equals share one, and the
 * next one is as if they did not (1, 2, 2, 4). Among equals the one whose total reached its present height at the
 * earlier position stands first. Only totals above zero are ranked.
 */
export function ranked<T extends Entrant>(totals: readonly T[]): readonly (T & { readonly rank: number })[] {
  const inOrder = totals
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total || comparePositions(a, b) || (a.customerId < b.customerId ? -1 : 1))
  let rank = 0
  return inOrder.map((entrant, i) => {
    if (entrant.total !== inOrder[i - 1]?.total) rank = i + 1
    return { ...entrant, rank }
  })
}
