import type { AttributeValue } from './attribute.ts'
import { appliedTo } from './customer.ts'
import { toDecimal } from './decimal.ts'
import { isEligible } from './eligibility.ts'
import { advance, type GameState } from './fold.ts'
import type { Outcome } from './outcome.ts'
import { NO_EVENT } from './position.ts'
import type { Badge, Program } from './program.ts'
import { currentLength, type Streak } from './rules/day-streak.ts'
import type { MissionProgress } from './rules/mission.ts'
import { type Mission, type MissionStatus, statusAt } from './rules/mission-status.ts'
import { badgeOccurrence } from './rules/reward.ts'
import type { TierState } from './rules/tier.ts'
import { type HeldTier, heldTier } from './rules/tier-status.ts'
import type { ScoreState } from './score.ts'
import { evaluateScores, type Score } from './score-measure.ts'
import { isInSegment } from './segment.ts'
import type { Subject } from './subject.ts'
import { EMPTY_WALLET, type Wallet } from './wallet.ts'

/** A level of a badge that the customer holds. */
export interface HeldBadge {
  readonly rule: string
  /** From 1. */
  readonly level: number
  /** When it was earned, ISO 8601. */
  readonly awardedAt: string
  /** The event that earned it; null where time alone did. */
  readonly eventId: string | null
  /** The way to the next level, on the highest level held; null where there is none. */
  readonly next: { readonly level: number; readonly current: number; readonly target: number } | null
}

/** A wallet's amounts as people see them. */
type WalletAmounts = Omit<Wallet, 'lots' | 'maturing'>

/** What a customer has and is, as people see it: amounts as decimal numbers, times in ISO 8601. */
export interface Profile {
  readonly subjects: readonly Subject[]
  readonly asOf: string
  readonly scores: Readonly<Record<string, Score>>
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** Those that the customer is in. */
  readonly segments: readonly string[]
  /** Whether what they do counts for rules. */
  readonly eligible: boolean
  readonly wallets: Readonly<Record<string, WalletAmounts>>
  readonly badges: readonly HeldBadge[]
  readonly missions: readonly MissionStatus[]
  /** By tier; null where no level is held. */
  readonly tiers: Readonly<Record<string, HeldTier | null>>
}

/** What a profile is made from. */
export interface CustomerState {
  readonly subjects: readonly Subject[]
  readonly scores: ScoreState
  readonly game: GameState
  /** What the game's rules have given and not taken back; what are no badges is left aside. */
  readonly outcomes: readonly Outcome[]
}

/**
 * A customer as of an instant that the game has not gone beyond: every score, attribute, segment, wallet and mission of the program, and the badges and tiers held.
 *
 * @param instant Unix ms
 */
export function profileAt(customer: CustomerState, instant: number, rules: Program): Profile {
  const { subjects, scores, outcomes } = customer
  const program = appliedTo(rules, subjects)
  const game = advance(customer.game, instant, program).state
  return {
    subjects,
    asOf: iso(instant),
    scores: evaluateScores(scores, program.zone.day(instant), program.scores),
    attributes: Object.fromEntries(
      program.attributes.map(({ id, initial }) => [
        id,
        (game.rules[id] as AttributeValue | undefined) ?? initial,
      ]),
    ),
    segments: [...program.segments.values()]
      .filter((segment) => isInSegment(segment, game, instant, program))
      .map(({ id }) => id),
    eligible: isEligible(game, instant, program),
    wallets: Object.fromEntries(program.wallets.map((id) => [id, walletOf(game, id)])),
    badges: program.badges.flatMap((badge) => levelsOf(badge, outcomes, game, instant, program)),
    missions: program.missions.map((mission) => missionAt(mission, outcomes, game, instant, program)),
    tiers: Object.fromEntries(
      program.tiers.map((tier) => [
        tier.id,
        heldTier(tier, game.rules[tier.id] as TierState | undefined, program.zone),
      ]),
    ),
  }
}

function walletOf({ wallets }: GameState, id: string): WalletAmounts {
  const amounts = wallets[id] ?? EMPTY_WALLET
  return {
    balance: toDecimal(amounts.balance),
    earned: toDecimal(amounts.earned),
    spent: toDecimal(amounts.spent),
    expired: toDecimal(amounts.expired),
    adjusted: toDecimal(amounts.adjusted),
    pending: toDecimal(amounts.pending),
  }
}

function levelsOf(
  badge: Badge,
  outcomes: readonly Outcome[],
  game: GameState,
  instant: number,
  program: Program,
): HeldBadge[] {
  const levels = outcomes
    .filter((outcome) => outcome.kind === 'badge' && isOf(outcome, badge))
    .toSorted((a, b) => a.level - b.level)
  return levels.map(({ level, at, identity }, i) => ({
    rule: badge.id,
    level,
    awardedAt: iso(at),
    eventId: identity === NO_EVENT ? null : identity,
    next: i === levels.length - 1 ? nextLevel(badge, level, game, instant, program) : null,
  }))
}

function isOf({ rule, occurrence }: Outcome, { id, mission }: Badge): boolean {
  return mission === null ? rule === id : rule === mission && occurrence === badgeOccurrence(id)
}

function nextLevel(
  { id, levels }: Badge,
  level: number,
  game: GameState,
  instant: number,
  { zone }: Program,
): HeldBadge['next'] {
  const target = levels?.[level]
  if (target === undefined) return null
  const current = currentLength(game.rules[id] as Streak | undefined, instant, zone)
  return { level: level + 1, current, target }
}

function missionAt(
  mission: Mission,
  outcomes: readonly Outcome[],
  game: GameState,
  instant: number,
  { zone }: Program,
): MissionStatus {
  const own = game.rules[mission.id] as MissionProgress | undefined
  const completions = outcomes.filter(({ kind, rule }) => kind === 'mission' && rule === mission.id).length
  return statusAt(mission, own, completions, instant, zone)
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}
