import { z } from 'zod'
import type { Compile, Compiler, Path } from './compiler.ts'
import { scaled } from './decimal.ts'
import type { Definition } from './definition.ts'
import type { Force } from './force.ts'
import { NOTHING, type RuleLogic } from './rules/rule.ts'
import { amount, expression, force, graceHours, graceOf, id, type, wallet } from './term.ts'

const reward = z.strictObject({ wallet, amount })
/** How many a challenge has at most, and how many entries a settled board keeps. */
export const MOST_WINNERS = 1_000
const rank = z.int().min(1).max(MOST_WINNERS)

export const challengeSchema = z.strictObject({
  id,
  on: type.optional(),
  when: expression.optional(),
  winners: rank.optional(),
  each: z.enum(['once', 'repeat']).optional(),
  reward: reward.optional(),
  board: id.optional(),
  prizes: z
    .array(
      z.strictObject({
        ranks: z.tuple([rank, rank], { error: 'expected the first and the last rank, such as [2, 10]' }),
        reward,
      }),
    )
    .min(1)
    .optional(),
  budget: amount.optional(),
  graceHours,
  ...force,
})

type WrittenChallenge = z.infer<typeof challengeSchema>

export interface Prize {
  readonly wallet: string
  /** Ten-thousandths. */
  readonly amount: number
}

interface AnyChallenge extends Force {
  readonly id: string
  /** What all prizes come to at most, in ten-thousandths; null for no limit. */
  readonly budget: number | null
}

/** The first so many who do something. */
export interface FirstChallenge extends AnyChallenge {
  readonly board: null
  readonly winners: number
  /** Whether a customer may be among them more than once. */
  readonly repeats: boolean
  readonly reward: Prize
  /** Ms after its end in which late events still count. */
  readonly grace: number
}

/** Those with the best ranks in each period of a board. */
export interface RankChallenge extends AnyChallenge {
  readonly board: string
  readonly prizes: readonly { readonly first: number; readonly last: number; readonly reward: Prize }[]
}

export type Challenge = FirstChallenge | RankChallenge

const ONE_OF_BOTH =
  'expected either on, winners and reward (the first so many who do something), or board and prizes (the best of a leaderboard)'
const OF_A_BOARD = 'a challenge on a leaderboard has no such setting: leave it out'
const OF_THE_FIRST = 'a challenge of the first has no such setting: leave it out'

/** Says what is wrong with a challenge that is both, neither, or half of one. */
function check(written: WrittenChallenge, path: Path, compiler: Compiler): void {
  const refuse = (names: readonly (keyof WrittenChallenge)[], message: string) => {
    for (const name of names) if (written[name] !== undefined) compiler.mistake([...path, name], message)
  }
  const { board, prizes, on, winners, reward: won, until } = written
  if (board === undefined) {
    if (on === undefined || winners === undefined || won === undefined) compiler.mistake(path, ONE_OF_BOTH)
    else if (until === undefined)
      compiler.mistake(
        path,
        'until is missing: add until: 2026-12-02T00:00. Who has won is settled after the end',
      )
    refuse(['prizes'], OF_THE_FIRST)
    return
  }
  if (prizes === undefined) compiler.mistake(path, ONE_OF_BOTH)
  refuse(['on', 'when', 'winners', 'each', 'reward', 'onError'], OF_A_BOARD)
  refuse(['counts'], 'periods that are over are not settled anew: say from when on it counts, with from')
  refuse(['graceHours'], 'a challenge on a leaderboard is settled with it: say graceHours there')
  const place = [...path, 'board']
  if (compiler.board(board, place)?.period === 'all')
    compiler.mistake(
      place,
      `${board} has one period, which never ends: choose one by day, week, month or days`,
    )
  let last = 0
  prizes?.forEach(({ ranks: [from, to] }, i) => {
    const message = `expected ranks after ${last}, the first before the last, got [${from}, ${to}]`
    if (from <= last || to < from) compiler.mistake([...path, 'prizes', i, 'ranks'], message)
    last = to
  })
}

/** The rule of a challenge of the first: it says who stands among them by an event, and gives nothing. */
export const compileChallenge: Compile<typeof challengeSchema> = (written, path, compiler) => {
  check(written, path, compiler)
  const when = compiler.condition(path, written.when)
  const most = written.each === 'repeat' ? (written.winners ?? 0) : 1
  return entryRule(written.id, written.on ?? '', when, most)
}

/** How often a customer stands among a challenge's candidates. */
interface Entered {
  readonly entries: number
}

function entryRule(
  id: string,
  on: string,
  when: ReturnType<Compiler['condition']>,
  most: number,
): RuleLogic<Entered> {
  return {
    id,
    on,
    evolve(state, event, scene) {
      const entries = state?.entries ?? 0
      if (entries === most || !when(event, scene)) return { state, grants: NOTHING }
      const grant = {
        level: 0,
        wallet: null,
        amount: 0,
        availableAt: null,
        receipt: { value: event.value ?? 0 },
      }
      const occurrence = most === 1 ? 'once' : event.identity
      return { state: { entries: entries + 1 }, grants: [{ kind: 'entry', occurrence, ...grant }] }
    },
  }
}

export function challengeOf(
  { id, winners, each, reward: won, board, prizes, budget, graceHours: hours }: WrittenChallenge,
  { from, until }: Force,
): Challenge {
  const limit = budget === undefined ? null : scaled(budget)
  const prize = ({ wallet, amount: points }: z.infer<typeof reward>) => ({ wallet, amount: scaled(points) })
  if (board === undefined) {
    const first = { winners: winners ?? 0, repeats: each === 'repeat', grace: graceOf(hours) }
    return { id, from, until, budget: limit, board: null, ...first, reward: prize(won ?? NO_REWARD) }
  }
  const ranks = (prizes ?? []).map(({ ranks: [first, last], reward: own }) => {
    return { first, last, reward: prize(own) }
  })
  return { id, from, until, budget: limit, board, prizes: ranks }
}

/** Only of a program that is refused. */
const NO_REWARD = { wallet: '', amount: 0 }

/** The wallets that challenges give into, each with the place where it is written. */
export function walletsOf(challenges: Definition['challenges']): [PropertyKey[], string][] {
  return challenges.flatMap(({ reward: won, prizes }, i): [PropertyKey[], string][] => [
    ...(won ? [[['challenges', i, 'reward', 'wallet'], won.wallet] as [PropertyKey[], string]] : []),
    ...(prizes ?? []).map(({ reward: own }, j): [PropertyKey[], string] => [
      ['challenges', i, 'prizes', j, 'reward', 'wallet'],
      own.wallet,
    ]),
  ])
}
