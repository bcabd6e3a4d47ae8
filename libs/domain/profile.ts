import { periodName, periodNumber } from './calendar.ts'
import { toDecimal } from './decimal.ts'
import { EMPTY_WALLET, type GameState, type Wallet } from './fold.ts'
import type { Outcome } from './outcome.ts'
import type { Badge, Mission, Program } from './program.ts'
import { currentLength, type Streak } from './rules/day-streak.ts'
import type { MissionProgress } from './rules/mission.ts'
import { evaluateScores, type Score, type ScoreState } from './score.ts'
import type { Subject } from './subject.ts'

/** A level of a badge that the customer holds. */
export interface HeldBadge {
  readonly rule: string
  /** From 1. */
  readonly level: number
  /** When the event that earned it happened, ISO 8601. */
  readonly awardedAt: string
  readonly eventId: string
  /** The way to the next level, on the highest level held; null where there is none. */
  readonly next: { readonly level: number; readonly current: number; readonly target: number } | null
}

/** A mission in the window of the instant; amounts in the event's own unit. */
export interface MissionStatus {
  readonly rule: string
  /** Null where the mission has but one window, for ever. */
  readonly period: string | null
  readonly progress: number
  readonly target: number
  /** ISO 8601. */
  readonly completedAt: string | null
}

/** What a customer has and is, as people see it: amounts as decimal numbers, times in ISO 8601. */
export interface Profile {
  readonly subjects: readonly Subject[]
  readonly asOf: string
  readonly scores: Readonly<Record<string, Score>>
  readonly wallets: Readonly<Record<string, Wallet>>
  readonly badges: readonly HeldBadge[]
  readonly missions: readonly MissionStatus[]
  readonly tier: null
}

/** What a profile is made from. */
export interface CustomerState {
  readonly subjects: readonly Subject[]
  readonly scores: ScoreState
  readonly game: GameState
  /** What the game's rules have given and not taken back; what are no badges is left aside. */
  readonly outcomes: readonly Outcome[]
  /**
   * The game as of the instant, for missions whose latest window in `game` lies after it (see `isAhead`);
   * may be left out where there are none.
   */
  readonly past?: GameState
}

/**
 * A customer as of an instant: every score, wallet and mission of the program, and the badges held.
 *
 * @param instant Unix ms
 */
export function profileAt(customer: CustomerState, instant: number, program: Program): Profile {
  const { subjects, scores, game, outcomes, past } = customer
  return {
    subjects,
    asOf: iso(instant),
    scores: evaluateScores(scores, program.zone.day(instant), program.scores),
    wallets: Object.fromEntries(program.wallets.map((id) => [id, walletOf(game, id)])),
    badges: program.badges.flatMap((badge) => levelsOf(badge, outcomes, game, instant, program)),
    missions: program.missions.map((mission) => missionAt(mission, game, past, instant, program)),
    tier: null,
  }
}

/**
 * Whether the game has gone on to a later window of a mission than the instant's, so that it no longer knows
 * the progress in that one: some event lies in the future.
 */
export function isAhead(game: GameState, instant: number, program: Program): boolean {
  return program.missions.some(({ id, window }) => {
    const state = game.rules[id] as MissionProgress | undefined
    return state !== undefined && state.period > periodNumber(window, instant, program.zone)
  })
}

function walletOf({ wallets }: GameState, id: string): Wallet {
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
    .filter(({ kind, rule }) => kind === 'badge' && rule === badge.id)
    .toSorted((a, b) => a.level - b.level)
  return levels.map(({ rule, level, at, identity }, i) => ({
    rule,
    level,
    awardedAt: iso(at),
    eventId: identity,
    next: i === levels.length - 1 ? nextLevel(badge, level, game, instant, program) : null,
  }))
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
  { id, target, window }: Mission,
  game: GameState,
  past: GameState | undefined,
  instant: number,
  { zone }: Program,
): MissionStatus {
  const period = periodNumber(window, instant, zone)
  const inWindow = [game, past]
    .map((state) => state?.rules[id] as MissionProgress | undefined)
    .find((state) => state?.period === period)
  return {
    rule: id,
    period: window === 'once' ? null : periodName(window, period),
    progress: toDecimal(inWindow?.progress ?? 0),
    target: toDecimal(target),
    completedAt: typeof inWindow?.completedAt === 'number' ? iso(inWindow.completedAt) : null,
  }
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}
