import { z } from 'zod'
import type { Compiler, Path } from '../compiler.ts'
import { scaled } from '../decimal.ts'
import type { Receipt } from '../outcome.ts'
import { amount, id, wallet } from '../term.ts'
import { badge, type Grant } from './rule.ts'

const points = z.strictObject({ wallet, amount })
/** What whoever delivers it calls it. */
const bundle = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, 'expected the name of a bundle, such as 1GB-7D')

/** What a mission gives: points, as ever, or several things. */
export const rewardSettings = {
  reward: points.optional(),
  rewards: z
    .array(
      z.union([points, z.strictObject({ badge: id }), z.strictObject({ bundle })], {
        error: 'expected { wallet: points, amount: 50 }, { badge: explorer } or { bundle: 1GB-7D }',
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
  /** What somebody else is to give for each completion, by its name. */
  readonly bundles: readonly string[]
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
  const seen = new Set<string>()
  for (const [i, each] of all.entries()) {
    // Badges have names of their own in the whole program.
    if ('badge' in each) continue
    const [setting, name] = 'wallet' in each ? ['wallet', each.wallet] : ['bundle', each.bundle]
    if (seen.has(`${setting} ${name}`)) {
      const message = `${name} is rewarded already: leave one of the two out`
      compiler.mistake([...path, 'rewards', i, setting], message)
    }
    seen.add(`${setting} ${name}`)
  }
  return {
    points: all.flatMap((each) =>
      'wallet' in each ? [{ wallet: each.wallet, amount: scaled(each.amount) }] : [],
    ),
    badges: badgesOf({ rewards: all }),
    bundles: all.flatMap((each) => ('bundle' in each ? [each.bundle] : [])),
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

const BUNDLE = '/bundle/'

function bundleOccurrence(completion: string, name: string): string {
  return `${completion}${BUNDLE}${name}`
}

/** The occurrence of the completion that gave a bundle. */
export function completionOf(occurrence: string): string {
  return occurrence.split(BUNDLE, 1)[0]!
}

/**
 * What a completion gives: itself, with the first of its points, and whatever else it is rewarded with, each under an
 * occurrence of its own.
 *
 * @param isFirst whether the mission was never completed before
 */
export function completionGrants(
  { points: all, badges, bundles }: Rewards,
  occurrence: string,
  isFirst: boolean,
  receipt: Receipt,
): readonly Grant[] {
  const [first, ...others] = all
  const completion = grant('mission', occurrence, receipt, first)
  if (others.length === 0 && badges.length === 0 && bundles.length === 0) return [completion]
  return [
    completion,
    ...others.map((each) => grant('points', `${occurrence}/${each.wallet}`, receipt, each)),
    ...bundles.map((name) =>
      grant('bundle', bundleOccurrence(occurrence, name), { ...receipt, bundle: name }, undefined),
    ),
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
