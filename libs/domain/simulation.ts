import { appliedTo } from './customer.ts'
import { toDecimal } from './decimal.ts'
import type { Event } from './event.ts'
import { eventsBehindEach } from './explanation.ts'
import { foldAll, NEW_GAME, type Step } from './fold.ts'
import { type Outcome, outcomeKey, postedBy, type Standing, standingKey } from './outcome.ts'
import { comparePositions, NO_EVENT } from './position.ts'
import { type CustomerState, type Profile, profileAt } from './profile.ts'
import type { Program } from './program.ts'
import { readReceipt } from './receipt.ts'
import { addEvents, NO_SCORES } from './score.ts'
import type { Settled } from './settlement.ts'
import { type Subject, subjectKey } from './subject.ts'

/** What stands behind an award; there only where it was asked for. */
interface Grounds {
  /** The numbers behind it: decimals, days by their names, times in ISO 8601. */
  readonly receipt?: Readonly<Record<string, number | string>>
  /** The events it rests on, in their order. */
  readonly events?: readonly { eventId: string; at: string; type: string; value: number | null }[]
}

/** A level of a badge that the customer holds. */
interface SimulatedBadge extends Grounds {
  readonly rule: string
  readonly level: number
  readonly occurrence: string
  readonly awardedAt: string
  /** The event that earned it; null where time alone did. */
  readonly eventId: string | null
  /** When the run or the period that earned it began and ended; null where its kind knows none. */
  readonly startedAt: string | null
  readonly endedAt: string | null
}

/** What else was given, or missed, besides points and badges. */
interface SimulatedAward extends Grounds {
  readonly kind: Outcome['kind']
  readonly rule: string
  readonly occurrence: string
  readonly level: number
  readonly at: string
  readonly eventId: string | null
}

/** What changed a wallet's balance, or will once it is available. */
interface SimulatedEntry extends Grounds {
  readonly at: string
  readonly kind: Outcome['kind']
  readonly rule: string
  readonly occurrence: string
  readonly wallet: string
  /** Points; negative where they leave the wallet. */
  readonly amount: number
  /** Until then it is pending, and not in the balance; null where it was there at once. */
  readonly availableAt: string | null
  readonly eventId: string | null
}

/** The total of a board and period. */
interface SimulatedStanding {
  readonly board: string
  readonly period: string
  readonly total: number
  readonly reachedAt: string
}

/** A place among the winners of a challenge. */
interface SimulatedWin {
  readonly challenge: string
  readonly period: string
  readonly settledAt: string
  readonly rank: number
  /** On the board; null where there is none. */
  readonly total: number | null
  /** Null where the budget had nothing left. */
  readonly prize: { readonly wallet: string; readonly amount: number } | null
}

/** Everything that a customer has and is as of an instant, as the simulation writes it. */
export interface SimulatedCustomer extends Omit<Profile, 'badges'> {
  /** The value of the customer's first subject. */
  readonly customer: string
  /** How many events count. */
  readonly events: number
  readonly badges: readonly SimulatedBadge[]
  readonly awards: readonly SimulatedAward[]
  readonly ledger: readonly SimulatedEntry[]
  readonly standings: readonly SimulatedStanding[]
  /** What the customer has won of challenges that are settled by now. */
  readonly wins: readonly SimulatedWin[]
  /** Events that a rule could not be evaluated on. */
  readonly failures: readonly { readonly rule: string; readonly eventId: string; readonly error: string }[]
}

/** A customer's whole history. */
export interface History {
  /** At least one. */
  readonly subjects: readonly Subject[]
  /** Those that count, each once, in any order. */
  readonly events: readonly Event[]
  /** What the customer has won. */
  readonly wins: readonly Win[]
  /** The adjustments that pay it. */
  readonly payments: readonly Event[]
}

/** A place among the winners of a challenge. */
export interface Win extends Pick<Settled, 'rank' | 'total' | 'prize'> {
  readonly challenge: string
  /** The board's period; `once` where there is none. */
  readonly period: string
  /** Unix ms: from when on it can be settled. */
  readonly settledAt: number
}

export interface Simulated {
  readonly customer: SimulatedCustomer
  readonly outcomes: readonly Outcome[]
  readonly standings: readonly Standing[]
}

/** A customer's history up to an instant (Unix ms), folded from nothing on. */
export function foldHistory(history: History, program: Program, asOf: number): Step {
  return foldAll(NEW_GAME, eventsOf(history, asOf), appliedTo(program, history.subjects), asOf)
}

/**
 * What a program makes of a customer's history up to an instant, from nothing on: what the stages come to once they
 * are done with the same events.
 *
 * @param asOf Unix ms; later events are left out
 * @param explains whether awards say what stands behind them, which costs a second fold
 */
export function simulate(history: History, rules: Program, asOf: number, explains: boolean): Simulated {
  const program = appliedTo(rules, history.subjects)
  const { state: game, outcomes, standings } = foldHistory(history, program, asOf)
  const events = eventsOf(history, asOf)
  const scores = addEvents(NO_SCORES, events, program.scores, program.zone)
  const grounds = explains ? groundsOf(outcomes, events, program) : undefined
  const { subjects, wins, payments } = history
  const known = { subjects, scores, game, outcomes, standings, wins, events: events.length - payments.length }
  return { customer: describeCustomer(known, program, asOf, grounds), outcomes, standings }
}

function eventsOf({ events, payments }: History, asOf: number): Event[] {
  return [...events.filter(({ at }) => at <= asOf), ...payments]
}

/** What the stages keep of a customer. */
interface Kept extends CustomerState {
  readonly standings: readonly Standing[]
  readonly wins: readonly Win[]
  /** How many events count. */
  readonly events: number
}

/** A customer as the simulation writes it. @param asOf Unix ms that the game has not gone beyond */
export function describeCustomer(
  kept: Kept,
  program: Program,
  asOf: number,
  grounds?: ReadonlyMap<Outcome, Grounds>,
): SimulatedCustomer {
  const subjects = kept.subjects.toSorted((a, b) => (subjectKey(a) < subjectKey(b) ? -1 : 1))
  const outcomes = kept.outcomes.toSorted(compareOutcomes)
  const { badges: _, ...profile } = profileAt({ ...kept, subjects, outcomes }, asOf, program)
  return {
    customer: subjects[0]!.value,
    ...profile,
    events: kept.events,
    badges: outcomes.filter(({ kind }) => kind === 'badge').map((each) => badge(each, grounds?.get(each))),
    awards: outcomes.filter(isOtherAward).map((each) => award(each, grounds?.get(each))),
    ledger: outcomes.filter(({ amount }) => amount !== 0).map((each) => entry(each, grounds?.get(each))),
    standings: kept.standings
      .filter(({ total }) => total !== 0)
      .toSorted((a, b) => (standingKey(a) < standingKey(b) ? -1 : 1))
      .map(({ board, period, total, at }) => {
        return { board, period, total: toDecimal(total), reachedAt: iso(at) }
      }),
    wins: kept.wins.toSorted(compareWins).map((win) => ({
      ...win,
      settledAt: iso(win.settledAt),
      total: win.total === null ? null : toDecimal(win.total),
      prize: win.prize && { ...win.prize, amount: toDecimal(win.prize.amount) },
    })),
    failures: outcomes
      .filter(({ kind }) => kind === 'failed')
      .map(({ rule, identity, receipt }) => ({ rule, eventId: identity, error: String(receipt.error) })),
  }
}

/** By position, and what one event brought by rule and occurrence. */
function compareOutcomes(a: Outcome, b: Outcome): number {
  return comparePositions(a, b) || (outcomeKey(a) < outcomeKey(b) ? -1 : 1)
}

function compareWins(a: Win, b: Win): number {
  return a.settledAt - b.settledAt || a.rank - b.rank || (a.challenge < b.challenge ? -1 : 1)
}

/** What is neither a badge nor only points, nor what a wallet does by itself. */
function isOtherAward({ kind }: Outcome): boolean {
  return !['points', 'badge', 'failed', 'matured', 'expired', 'spent', 'adjusted'].includes(kind)
}

function badge(outcome: Outcome, grounds: Grounds | undefined): SimulatedBadge {
  const { rule, level, occurrence, at, receipt } = outcome
  return {
    rule,
    level,
    occurrence,
    awardedAt: iso(at),
    eventId: eventId(outcome),
    startedAt: instantOf(receipt.startedAt),
    endedAt: instantOf(receipt.endedAt),
    ...grounds,
  }
}

function award(outcome: Outcome, grounds: Grounds | undefined): SimulatedAward {
  const { kind, rule, occurrence, level, at } = outcome
  return { kind, rule, occurrence, level, at: iso(at), eventId: eventId(outcome), ...grounds }
}

function entry(outcome: Outcome, grounds: Grounds | undefined): SimulatedEntry {
  const { kind, rule, occurrence, wallet, amount, availableAt, at } = outcome
  return {
    at: iso(at),
    kind,
    rule,
    occurrence,
    wallet: wallet!,
    amount: toDecimal(amount),
    availableAt: postedBy(outcome) === 0 ? instantOf(availableAt) : null,
    eventId: eventId(outcome),
    ...grounds,
  }
}

function groundsOf(
  outcomes: readonly Outcome[],
  history: readonly Event[],
  program: Program,
): ReadonlyMap<Outcome, Grounds> {
  const behind = eventsBehindEach(outcomes, NEW_GAME, history, program)
  return new Map(
    outcomes.map((outcome, i) => {
      const events = behind[i]!.map(({ identity, at, type, value }) => {
        return { eventId: identity, at: iso(at), type, value: value === null ? null : toDecimal(value) }
      })
      return [outcome, { receipt: readReceipt(outcome.receipt), events }]
    }),
  )
}

function eventId({ identity }: Outcome): string | null {
  return identity === NO_EVENT ? null : identity
}

function instantOf(written: number | string | null | undefined): string | null {
  return typeof written === 'number' ? iso(written) : null
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}
