import { periodEnd, periodNumber, periodStart } from '#domain/calendar.ts'
import { type FirstChallenge, MOST_WINNERS, type Prize, type RankChallenge } from '#domain/challenge.ts'
import { ADJUST, type Event } from '#domain/event.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Outcome, Standing } from '#domain/outcome.ts'
import { comparePositions, type Position } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { ranked } from '#domain/ranking.ts'
import { covers, firstWinners, rankWinners, type Settled } from '#domain/settlement.ts'
import type { Win } from '#domain/simulation.ts'
import { ONCE, payment } from '#pipeline/settlement.ts'

/** What a customer has won, and the events that pay it. */
export interface Winnings {
  readonly wins: readonly Win[]
  readonly payments: readonly Event[]
}

/** What there is of each customer who has won something, by the key of the first subject. */
export type Winners = ReadonlyMap<string, Winnings>

interface Entrant extends Position {
  readonly key: string
}

interface Period {
  readonly challenges: readonly RankChallenge[]
  readonly startsAt: number
  readonly endsAt: number
  /** When it is settled, Unix ms. */
  readonly settledAt: number
  entrants: (Entrant & { readonly total: number })[]
}

/**
 * What challenges come to over all customers: those that are over by an instant, and whose grace time has passed. Keeps no
 * more of each than may win.
 */
export class Contest {
  readonly #program: Program
  readonly #asOf: number
  readonly #entries: ReadonlyMap<string, { readonly challenge: FirstChallenge; entrants: Entrant[] }>
  readonly #periods = new Map<string, Period>()

  /** @param asOf Unix ms */
  constructor(program: Program, asOf: number) {
    this.#program = program
    this.#asOf = asOf
    this.#entries = new Map(
      program.challenges.flatMap((challenge) =>
        challenge.board === null && challenge.until + challenge.grace <= asOf
          ? [[challenge.id, { challenge, entrants: [] as Entrant[] }] as const]
          : [],
      ),
    )
  }

  observe(key: string, outcomes: readonly Outcome[], standings: readonly Standing[]): void {
    for (const { kind, rule, at, identity } of outcomes) {
      const own = kind === 'entry' ? this.#entries.get(rule) : undefined
      if (!own) continue
      own.entrants.push({ key, at, identity })
      own.entrants = kept(own.entrants, own.challenge.winners, comparePositions)
    }
    for (const { board, period, total, at, identity } of standings) {
      const own = this.#periodOf(board, period, at)
      if (own.challenges.length === 0 || total <= 0) continue
      own.entrants.push({ key, total, at, identity })
      own.entrants = kept(own.entrants, MOST_WINNERS, (a, b) => b.total - a.total || comparePositions(a, b))
    }
  }

  winners(): Winners {
    const found = new Map<string, { wins: Win[]; payments: Event[] }>()
    const settle = (
      challenge: string,
      period: string,
      settledAt: number,
      entrants: readonly Entrant[],
      choose: (numbers: ReadonlyMap<string, number>) => readonly Settled[],
    ) => {
      const keys = [...new Set(entrants.map(({ key }) => key))].sort()
      choose(new Map(keys.map((key, i) => [key, i]))).forEach((settled, i) => {
        const own = found.get(keys[settled.customerId]!) ?? { wins: [], payments: [] }
        found.set(keys[settled.customerId]!, own)
        own.wins.push(winOf(challenge, period, settledAt, settled))
        const { prize } = settled
        if (prize) own.payments.push(paymentOf(challenge, period, settledAt, { ...settled, prize }, i + 1))
      })
    }
    for (const { challenge, entrants } of this.#entries.values()) {
      settle(challenge.id, ONCE, challenge.until + challenge.grace, entrants, (numbers) =>
        firstWinners(
          challenge,
          entrants.map(({ key, ...position }) => ({ ...position, customerId: numbers.get(key)! })),
        ),
      )
    }
    for (const [name, { challenges, settledAt, entrants }] of this.#periods) {
      const period = name.slice(name.indexOf('\n') + 1)
      for (const challenge of challenges) {
        settle(challenge.id, period, settledAt, entrants, (numbers) =>
          rankWinners(
            challenge,
            ranked(entrants.map(({ key, ...rest }) => ({ ...rest, customerId: numbers.get(key)! }))).slice(
              0,
              MOST_WINNERS,
            ),
          ),
        )
      }
    }
    return found
  }

  #periodOf(id: string, name: string, at: number): Period {
    const known = this.#periods.get(`${id}\n${name}`)
    if (known) return known
    const { boards, challenges, zone } = this.#program
    const board = boards.find((each) => each.id === id)!
    const number = periodNumber(board.period, at, zone)
    const [startsAt, endsAt] = [
      periodStart(board.period, number, zone),
      periodEnd(board.period, number, zone),
    ]
    const own: Period = {
      challenges: challenges.filter(
        (each): each is RankChallenge =>
          each.board === id && endsAt + board.grace <= this.#asOf && covers(each, startsAt, endsAt),
      ),
      startsAt,
      endsAt,
      settledAt: endsAt + board.grace,
      entrants: [],
    }
    this.#periods.set(`${id}\n${name}`, own)
    return own
  }
}

/** The first so many, once there are many more than that. */
function kept<T>(all: T[], most: number, compare: (a: T, b: T) => number): T[] {
  return all.length < 2 * most + 1_000 ? all : all.sort(compare).slice(0, most)
}

function winOf(challenge: string, period: string, settledAt: number, { rank, total, prize }: Settled): Win {
  return { challenge, period, settledAt, rank, total, prize }
}

/** As the stages pay it: an adjustment, which here lies at the instant from which on the challenge can be settled. */
function paymentOf(
  of: string,
  period: string,
  at: number,
  { rank, prize }: Settled & { readonly prize: Prize },
  place: number,
): Event {
  const { decision, identity } = payment({ of, period, place, rank, prize })
  const { kind, wallet, amount, reason, by } = decision
  const payload = canonicalJson({ kind, wallet, reason, by, amount })
  return { at, identity, type: ADJUST, source: 'laurel', value: amount, payload }
}
