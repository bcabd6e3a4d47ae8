import { z } from 'zod'
import { type PeriodKind, periodKind, periodName, periodNumber } from './calendar.ts'
import type { Compile, Compiler, Path } from './compiler.ts'
import type { Standing } from './outcome.ts'
import type { Position } from './position.ts'
import type { Program } from './program.ts'
import { NOTHING, type Scene } from './rules/rule.ts'
import { expression, graceHours, graceOf, id, periodOrAll, type, wallet } from './term.ts'

export const boardSchema = z.strictObject({
  id,
  wallet: wallet.optional(),
  sum: z
    .literal('value', { error: 'expected sum: value' })
    .optional()
    .describe('Ranks what the values of events come to, instead of a wallet.'),
  on: type.optional(),
  when: expression.optional(),
  segment: id.optional().describe('Ranks customers of this segment only.'),
  period: periodOrAll,
  from: z.string().optional(),
  until: z.string().optional(),
  onError: z.literal('skip').optional(),
  graceHours,
})

type WrittenBoard = z.infer<typeof boardSchema>

/** What ranks customers by a total in each of its periods. */
export interface Board {
  readonly id: string
  /** Ranks what was earned into this wallet; null where it ranks what the values of events come to. */
  readonly wallet: string | null
  /** Counts only while the customer is in this segment; null for always. */
  readonly segment: string | null
  readonly period: PeriodKind
  /** Ms after the end of a period in which late events still count, before it is settled. */
  readonly grace: number
}

export function boardOf({ id, wallet, segment, period, graceHours: hours }: WrittenBoard): Board {
  return {
    id,
    wallet: wallet ?? null,
    segment: segment ?? null,
    period: periodKind(period),
    grace: graceOf(hours),
  }
}

const BY_WALLET = 'a board by wallet ranks all that is earned into it: leave this out'

/** Says what is wrong with a board that ranks both, or nothing, or half of one. */
function check(written: WrittenBoard, path: Path, compiler: Compiler): void {
  const { wallet, sum, on, segment } = written
  if (segment !== undefined) compiler.assertSegment(segment, [...path, 'segment'])
  if ((wallet === undefined) === (sum === undefined)) {
    compiler.mistake(
      path,
      'expected either wallet: points, or sum: value with the event type (on: recharge) whose values count',
    )
  } else if (sum !== undefined && on === undefined) {
    compiler.mistake(path, 'expected on: the event type whose values this board sums up')
  } else if (wallet !== undefined) {
    for (const name of ['on', 'when', 'from', 'until', 'onError'] as const) {
      if (written[name] !== undefined) compiler.mistake([...path, name], BY_WALLET)
    }
  }
}

/** The rule of a board that sums up values: an event without a value, or with zero, changes no total. */
export const compileBoard: Compile<typeof boardSchema> = (written, path, compiler) => {
  check(written, path, compiler)
  const when = compiler.condition(path, written.when)
  return {
    id: written.id,
    on: written.on ?? '',
    evolve(state, event, scene) {
      return when(event, scene)
        ? { state, grants: NOTHING, ranked: event.value ?? 0 }
        : { state, grants: NOTHING }
    },
  }
}

/** A customer's total on a board in the latest period in which it changed, and where it reached this height. */
export interface BoardState extends Position {
  readonly period: number
  readonly total: number
}

/** A game's totals by board. */
export type BoardStates = Readonly<Record<string, BoardState>>

/** A state's totals on the boards, each in the latest period in which it changed. */
export function standingsAt({ boards }: { readonly boards: BoardStates }, program: Program): Standing[] {
  return program.boards.flatMap((board) => {
    const own = boards[board.id]
    return own === undefined ? [] : [standing(board, own)]
  })
}

function standing({ id: board, period: kind }: Board, state: BoardState): Standing {
  const { period, total, at, identity } = state
  return { board, period: periodName(kind, period), total, at, identity }
}

/** One customer's totals while events are folded onto a game. */
export class Totals {
  readonly #program: Program
  readonly #sceneAt: (instant: number) => Scene
  readonly #states: Record<string, BoardState>
  /** The boards that changed, and the totals that they left behind in earlier periods. */
  readonly #ranked = new Set<Board>()
  readonly #left: Standing[] = []

  /** @param sceneAt what rules would see of the customer by now, at an instant (Unix ms) */
  constructor(states: BoardStates, program: Program, sceneAt: (instant: number) => Scene) {
    this.#program = program
    this.#sceneAt = sceneAt
    this.#states = { ...states }
  }

  /** Adds what was earned into a wallet (ten-thousandths) to the boards that rank it. */
  earn(wallet: string, amount: number, position: Position): void {
    for (const board of this.#program.boards) {
      if (board.wallet === wallet) this.#add(board, amount, position)
    }
  }

  /** Adds to the total on a board that sums up values; ten-thousandths, negative where it falls. */
  sum(id: string, amount: number, position: Position): void {
    const board = this.#program.boards.find((each) => each.id === id)
    if (board && amount !== 0) this.#add(board, amount, position)
  }

  #add(board: Board, amount: number, { at, identity }: Position): void {
    if (board.segment !== null && !this.#isIn(board.segment, at)) return
    const period = periodNumber(board.period, at, this.#program.zone)
    const before = this.#states[board.id]
    const total = (before?.period === period ? before.total : 0) + amount
    if (before && before.period !== period && this.#ranked.has(board))
      this.#left.push(standing(board, before))
    this.#states[board.id] = { period, total, at, identity }
    this.#ranked.add(board)
  }

  /** Not where that cannot be evaluated: what was earned is earned all the same. */
  #isIn(segment: string, instant: number): boolean {
    try {
      return this.#sceneAt(instant).segment(segment)
    } catch {
      return false
    }
  }

  /** As they are: what is added from here on changes them. */
  get states(): BoardStates {
    return this.#states
  }

  /** The last of each board and period that changed. */
  standings(): Standing[] {
    const present = [...this.#ranked].map((board) => standing(board, this.#states[board.id]!))
    return [...this.#left, ...present]
  }
}
