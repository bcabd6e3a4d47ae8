import { periodName, periodNumber } from './calendar.ts'
import { firstLine } from './condition.ts'
import type { Event } from './event.ts'
import type { Outcome, Standing } from './outcome.ts'
import { comparePositions, type Position } from './position.ts'
import type { Board, Program } from './program.ts'

/** A wallet's amounts in ten-thousandths. */
export interface Wallet {
  readonly balance: number
  readonly earned: number
  readonly spent: number
  readonly expired: number
  readonly adjusted: number
  readonly pending: number
}

/** A customer's total on a board in the latest period in which it changed. */
interface BoardState {
  readonly period: number
  readonly total: number
}

/**
 * A customer's game, as far as the events up to its position tell. Plain JSON, never changed in place.
 */
export interface GameState {
  /** The last event it includes; null before the first. */
  readonly position: Position | null
  readonly wallets: Readonly<Record<string, Wallet>>
  /** Each rule's own state, by rule id. */
  readonly rules: Readonly<Record<string, unknown>>
  readonly boards: Readonly<Record<string, BoardState>>
}

export interface Step {
  readonly state: GameState
  readonly outcomes: readonly Outcome[]
  readonly standings: readonly Standing[]
}

export const NEW_GAME: GameState = { position: null, wallets: {}, rules: {}, boards: {} }
export const EMPTY_WALLET: Wallet = { balance: 0, earned: 0, spent: 0, expired: 0, adjusted: 0, pending: 0 }
const NONE: readonly never[] = []

/**
 * The game after one more event, which must come after the state's position. Pure and total: an event that
 * a rule cannot be evaluated on counts for no rule at all, and yields a `failed` outcome.
 */
export function fold(state: GameState, event: Event, program: Program): Step {
  const position = { at: event.at, identity: event.identity }
  const rules = program.rulesByType.get(event.type)
  if (!rules) return { state: { ...state, position }, outcomes: NONE, standings: NONE }
  const next: Record<string, unknown> = { ...state.rules }
  const outcomes: Outcome[] = []
  for (const rule of rules) {
    try {
      const { state: own, grants } = rule.evolve(next[rule.id], event, program.zone)
      if (own !== undefined) next[rule.id] = own
      for (const grant of grants) outcomes.push({ ...grant, rule: rule.id, ...position })
    } catch (error) {
      return { state: { ...state, position }, outcomes: [failed(rule.id, position, error)], standings: NONE }
    }
  }
  return credit({ ...state, position, rules: next }, outcomes, program)
}

/**
 * Folds many events onto a state, in their order.
 *
 * @param events after the state's position, in any order, each identity once
 * @returns of standings, the last of each board and period
 */
export function foldAll(state: GameState, events: readonly Event[], program: Program): Step {
  let current = state
  const outcomes: Outcome[] = []
  const standings = new Map<string, Standing>()
  for (const event of events.toSorted(comparePositions)) {
    const step = fold(current, event, program)
    current = step.state
    outcomes.push(...step.outcomes)
    for (const standing of step.standings) standings.set(`${standing.board} ${standing.period}`, standing)
  }
  return { state: current, outcomes, standings: [...standings.values()] }
}

function failed(rule: string, position: Position, error: unknown): Outcome {
  return {
    kind: 'failed',
    rule,
    occurrence: position.identity,
    level: 0,
    wallet: null,
    amount: 0,
    receipt: { error: firstLine(error) },
    ...position,
  }
}

function credit(state: GameState, outcomes: readonly Outcome[], program: Program): Step {
  if (!outcomes.some(({ wallet }) => wallet !== null)) return { state, outcomes, standings: NONE }
  const wallets: Record<string, Wallet> = { ...state.wallets }
  const boards: Record<string, BoardState> = { ...state.boards }
  const standings: Standing[] = []
  for (const outcome of outcomes) {
    if (outcome.wallet === null || outcome.amount === 0) continue
    const wallet = wallets[outcome.wallet] ?? EMPTY_WALLET
    wallets[outcome.wallet] = {
      ...wallet,
      balance: wallet.balance + outcome.amount,
      earned: wallet.earned + outcome.amount,
    }
    for (const board of program.boards) {
      if (board.wallet === outcome.wallet) standings.push(advanceBoard(boards, board, outcome, program))
    }
  }
  return { state: { ...state, wallets, boards }, outcomes, standings }
}

function advanceBoard(
  boards: Record<string, BoardState>,
  board: Board,
  { amount, at, identity }: Outcome,
  program: Program,
): Standing {
  const period = periodNumber(board.period, at, program.zone)
  const before = boards[board.id]
  const total = (before?.period === period ? before.total : 0) + amount
  boards[board.id] = { period, total }
  return { board: board.id, period: periodName(board.period, period), total, at, identity }
}
