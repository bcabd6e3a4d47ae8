import { z } from 'zod'
import type { Compiler, Path } from '../compiler.ts'
import { scaled } from '../decimal.ts'
import type { Receipt } from '../outcome.ts'
import { amount, id, wallet } from '../term.ts'
import { badge, type Grant } from './rule.ts'

const points = z.strictObject({ wallet, amount })

/** What a mission gives: points, as ever, or several things. */
export const rewardSettings = {
  reward: points.optional(),
  rewards: z
    .array(
      z.union([points, z.strictObject({ badge: id })], {
        error: 'expected { wallet: points, amount: 50 } or { badge: explorer }',
      }),
    )
    .min(1)
    .max(10)
    .optional(),
}

/** Points in ten-thousandths. */
interface Points {
  readonly wallet: string
  readonly amount: number
}

export interface Rewards {
  /** The first of them are the completion's own. */
  readonly points: readonly Points[]
  /** Badges that the first completion of all gives. */
  readonly badges: readonly string[]
}

interface Written {
  readonly reward?: z.infer<typeof points> | undefined
  readonly rewards?: z.infer<typeof rewardSettings.rewards>
}

/** @param path of the mission */
export function compileRewards({ reward, rewards }: Written, path: Path, compiler: Compiler): Rewards {
  if (reward && rewards) {
    const message = 'a mission has one reward of points, or a list of rewards: leave one of the two out'
    compiler.mistake([...path, 'reward'], message)
  }
  const all = rewards ?? (reward ? [reward] : [])
  for (const [i, each] of all.entries()) {
    if (
      !('wallet' in each) ||
      all.findIndex((other) => 'wallet' in other && other.wallet === each.wallet) === i
    )
      continue
    const message = `${each.wallet} is rewarded already: write the points of one wallet as one amount`
    compiler.mistake([...path, 'rewards', i, 'wallet'], message)
  }
  return {
    points: all.flatMap((each) =>
      'wallet' in each ? [{ wallet: each.wallet, amount: scaled(each.amount) }] : [],
    ),
    badges: badgesOf({ rewards: all }),
  }
}

/** The ids of the badges that a mission gives. */
export function badgesOf({ rewards }: Pick<Written, 'rewards'>): string[] {
  return (rewards ?? []).flatMap((each) => ('badge' in each ? [each.badge] : []))
}

/** The occurrence of a badge that a mission gives, among the outcomes of that mission. */
export function badgeOccurrence(id: string): string {
  return `badge/${id}`
}

/**
 * What a completion gives: itself, with the first of its points, and whatever else it is rewarded with, each under an
 * occurrence of its own.
 *
 * @param isFirst whether the mission was never completed before
 */
export function completionGrants(
  { points: all, badges }: Rewards,
  occurrence: string,
  isFirst: boolean,
  receipt: Receipt,
): readonly Grant[] {
  const [first, ...others] = all
  const completion = grant('mission', occurrence, receipt, first)
  if (others.length === 0 && badges.length === 0) return [completion]
  return [
    completion,
    ...others.map((each) => grant('points', `${occurrence}/${each.wallet}`, receipt, each)),
    ...(isFirst ? badges.map((id) => badge(1, badgeOccurrence(id), receipt)) : []),
  ]
}

/** What tells that a window closed on a mission. */
export function missedGrant(occurrence: string, receipt: Receipt): Grant {
  return grant('missed', occurrence, receipt, undefined)
}

function grant(kind: Grant['kind'], occurrence: string, receipt: Receipt, points: Points | undefined): Grant {
  return {
    kind,
    occurrence,
    level: 0,
    wallet: points?.wallet ?? null,
    amount: points?.amount ?? 0,
    availableAt: null,
    receipt,
  }
}
