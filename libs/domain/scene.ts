import type { Customer } from './customer.ts'
import { isInForce } from './force.ts'
import type { Program } from './program.ts'
import type { Evolution, Rule, Scene } from './rules/rule.ts'
import type { ScoreState } from './score.ts'
import { evaluate } from './score-measure.ts'
import { EMPTY_WALLET, earn, earnPending, type Wallet } from './wallet.ts'
import type { Zone } from './zone.ts'

/** The parts of a game that rules look at. */
export interface Stage {
  readonly wallets: Readonly<Record<string, Wallet>>
  readonly rules: Readonly<Record<string, unknown>>
}

/** What a rule makes of an event. */
interface Note {
  readonly rule: Rule
  readonly evolution: Evolution<unknown>
}

/**
 * What rules see at an instant. What a rule makes of an event is noted here for those after it, and carried out
 * only once none of them has failed.
 */
export class Present implements Scene {
  readonly zone: Zone
  readonly scores: ScoreState
  readonly #program: Program
  readonly #at: number
  readonly #stage: Stage
  readonly #notes: Note[] = []
  #values: Map<string, number> | undefined

  /** @param at Unix ms */
  constructor(program: Program, at: number, scores: ScoreState, stage: Stage) {
    this.#program = program
    this.#stage = stage
    this.#at = at
    this.zone = program.zone
    this.scores = scores
  }

  score(id: string): number {
    this.#values ??= new Map()
    const known = this.#values.get(id)
    if (known !== undefined) return known
    const rule = this.#program.tracked.find((each) => each.id === id)
    const value = rule ? evaluate(this.scores, this.zone.day(this.#at), rule).value : 0
    this.#values.set(id, value)
    return value
  }

  wallet(id: string): Wallet {
    let wallet = this.walletBefore(id)
    for (const { rule, evolution } of this.#notes) {
      if (!isInForce(rule, this.#at)) continue
      for (const grant of evolution.grants) {
        if (grant.wallet !== id) continue
        // When it expires is nothing that a rule sees.
        wallet =
          grant.availableAt === null
            ? earn(wallet, grant.amount, null)
            : earnPending(wallet, grant.amount, grant.availableAt)
      }
    }
    return wallet
  }

  walletBefore(id: string): Wallet {
    return this.#stage.wallets[id] ?? EMPTY_WALLET
  }

  state(rule: string): unknown {
    for (let i = this.#notes.length - 1; i >= 0; i--) {
      const { rule: each, evolution } = this.#notes[i]!
      if (each.id === rule && evolution.state !== undefined) return evolution.state
    }
    return this.#stage.rules[rule]
  }

  level(id: string): number {
    const rule = this.#program.rulesById.get(id)
    const own = rule && this.state(rule.id)
    return rule?.level === undefined || own === undefined || this.#at < rule.from ? 0 : rule.level(own)
  }

  segment(id: string): boolean {
    return this.#program.segments.get(id)?.includes(this) ?? false
  }

  customer(): Customer {
    const { customer } = this.#program
    if (!customer) throw new Error('the program looks at who the customer is, which is not known here')
    return customer
  }

  /** What rules made of the event so far, in their order. */
  get notes(): readonly Note[] {
    return this.#notes
  }

  note(rule: Rule, evolution: Evolution<unknown>): void {
    this.#notes.push({ rule, evolution })
  }
}
