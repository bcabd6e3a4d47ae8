import { learn } from './attribute.ts'
import { type BoardStates, Totals } from './board.ts'
import { dayName } from './calendar.ts'
import { firstLine } from './condition.ts'
import { judge } from './eligibility.ts'
import { ADJUST, type Event, isWalletEvent, SPEND } from './event.ts'
import { isInForce } from './force.ts'
import { earnedBy, type Loss, type Outcome, outcomeKey, type Standing } from './outcome.ts'
import { comparePositions, isBefore, NO_EVENT, type Position } from './position.ts'
import type { Program } from './program.ts'
import type { Evolution, Grant, Rule } from './rules/rule.ts'
import { Present } from './scene.ts'
import { addEvents, NO_SCORES, prune, type ScoreState } from './score.ts'
import {
  adjust,
  EMPTY_WALLET,
  earn,
  earnPending,
  expire,
  mature,
  spend,
  type Wallet,
  type WalletRule,
  walletDue,
} from './wallet.ts'

/**
 * A customer's game, as far as the events up to its position tell. Plain JSON, never changed in place.
 */
export interface GameState {
  /** The last event it includes, or the time it was advanced to; null before the first. */
  readonly position: Position | null
  /** How many events it includes. */
  readonly events: number
  /** When time alone next changes it, Unix ms, always after its position; null where it never does. */
  readonly due: number | null
  readonly wallets: Readonly<Record<string, Wallet>>
  /** Each rule's own state, and each attribute that an event has told, by id. */
  readonly rules: Readonly<Record<string, unknown>>
  readonly boards: BoardStates
  /** The day buckets of the scores that rules look at; absent where none does. */
  readonly scores?: ScoreState
}

/** What folding events, or advancing, made of a game. */
export interface Step {
  readonly state: GameState
  /** Of outcomes that were won and lost and won again, the last. */
  readonly outcomes: readonly Outcome[]
  /** What was lost and not won again; some of it may have been won on the way, too. */
  readonly losses: readonly Loss[]
  /** The last of each board and period. */
  readonly standings: readonly Standing[]
  /** States on the way, from which the rest can be folded again. */
  readonly checkpoints: readonly GameState[]
}

export const NEW_GAME: GameState = {
  position: null,
  events: 0,
  due: null,
  wallets: {},
  rules: {},
  boards: {},
}

/**
 * The game after one more event, which must come after the state's position; what time alone brought about
 * by then comes first. Pure and total: an event that a rule cannot be evaluated on counts for no rule at all,
 * and yields a `failed` outcome.
 */
export function fold(state: GameState, event: Event, program: Program): Step {
  return foldAll(state, [event], program)
}

/**
 * The game once a time has come: what time alone brings about by then has happened, and earlier events would
 * be late. Nothing where the game is there already.
 *
 * @param time Unix ms
 */
export function advance(state: GameState, time: number, program: Program): Step {
  return foldAll(state, [], program, time)
}

/**
 * The same, but the game stops at the last thing that was due, and stays where it is if nothing was.
 *
 * @param time Unix ms
 */
export function advanceToDue(state: GameState, time: number, program: Program): Step {
  const game = new Course(state, program)
  game.elapse(time)
  return game.step()
}

/**
 * Folds many events onto a state, in their order, then advances.
 *
 * @param events after the state's position, in any order, each identity once
 * @param until Unix ms; undefined to stay at the last event
 */
export function foldAll(state: GameState, events: readonly Event[], program: Program, until?: number): Step {
  const game = new Course(state, program)
  for (const event of events.length > 1 ? events.toSorted(comparePositions) : events) game.fold(event)
  if (until !== undefined) game.advance(until)
  return game.step()
}

/** The outcomes that a state holds and a later event could take away. */
export function heldOutcomes({ rules }: GameState, program: Program): Outcome[] {
  return program.following.flatMap((rule) => {
    const own = rules[rule.id]
    return own === undefined ? [] : rule.held!(own).map((grant) => ({ ...grant, rule: rule.id }))
  })
}

/** A game while events are folded onto it: copied once, then changed in place. Never leaves this file. */
class Course {
  readonly #program: Program
  #position: Position | null
  #events: number
  #due: number | null
  readonly #wallets: Record<string, Wallet>
  readonly #rules: Record<string, unknown>
  readonly #totals: Totals
  #scores: ScoreState | undefined
  readonly #outcomes = new Map<string, Outcome>()
  readonly #losses = new Map<string, Loss>()
  readonly #checkpoints: GameState[] = []

  constructor(state: GameState, program: Program) {
    this.#program = program
    this.#position = state.position
    this.#events = state.events
    this.#due = state.due
    this.#wallets = { ...state.wallets }
    this.#rules = { ...state.rules }
    this.#totals = new Totals(state.boards, program, (instant) => this.#scene(instant))
    this.#scores = state.scores
  }

  fold(event: Event): void {
    this.elapse(event.at)
    const position = { at: event.at, identity: event.identity }
    this.#position = position
    this.#events++
    if (isWalletEvent(event.type)) this.#attempt('wallet', position, () => this.#move(event))
    else this.#play(event, position)
    if (this.#program.hasTimers) this.#due = this.#nextDue()
    if (this.#events % this.#program.checkpointEvery === 0) this.#checkpoints.push(this.#copy())
  }

  advance(time: number): void {
    this.elapse(time)
    const position = { at: time, identity: NO_EVENT }
    if (isBefore(this.#position, position)) this.#position = position
  }

  /** Everything that time alone brings about up to an instant, before any event of that instant. */
  elapse(time: number): void {
    while (this.#due !== null && this.#due <= time) {
      const at = this.#due
      const position = { at, identity: NO_EVENT }
      this.#position = position
      for (const rule of this.#program.walletRules.values()) this.#settle(rule, position)
      for (const rule of this.#program.timed) {
        const own = this.#rules[rule.id]
        if (own === undefined || (at > rule.until && !rule.watches)) continue
        const due = rule.timer!.due(own, this.#program.zone)
        if (due === null || due > at) continue
        const scene = this.#scene(at)
        const counts = !rule.watches || judge(this.#program.eligibility, at, scene).counts
        this.#apply(rule, rule.timer!.elapse(own, at, scene), position, counts)
      }
      this.#due = this.#nextDue()
    }
  }

  /** What it came to, in which nothing may be changed from here on. */
  step(): Step {
    return {
      state: this.#state(),
      outcomes: [...this.#outcomes.values()],
      losses: [...this.#losses.values()],
      standings: this.#totals.standings(),
      checkpoints: this.#checkpoints,
    }
  }

  #state(): GameState {
    return {
      position: this.#position,
      events: this.#events,
      due: this.#due,
      wallets: this.#wallets,
      rules: this.#rules,
      boards: this.#totals.states,
      ...(this.#scores && { scores: this.#scores }),
    }
  }

  #copy(): GameState {
    const state = this.#state()
    const { wallets, rules, boards } = state
    return { ...state, wallets: { ...wallets }, rules: { ...rules }, boards: { ...boards } }
  }

  /** Scores and attributes first, then who is eligible, then each rule in its order. Where one throws, no rule has seen the event, unless that one is skipped. */
  #play(event: Event, position: Position): void {
    const { tracked, attributesByType, rulesByType, otherRules, eligibility } = this.#program
    if (tracked.length > 0) this.#scores = this.#scoresWith(event)
    const rules = rulesByType.get(event.type) ?? otherRules
    const attributes = attributesByType.get(event.type)
    if (rules.length === 0 && !attributes) return
    const scene = this.#scene(event.at)
    if (event.isBarred) {
      this.#leaveOut(event, '', 'barred', rules, scene)
      return
    }
    const unread = attributes && learn(attributes, event, this.#rules)
    if (unread) {
      this.#leaveOut(event, unread.attribute, unread.error, rules, scene)
      return
    }
    if (eligibility.length > 0 && rules.length > 0) {
      const { counts, failed } = judge(eligibility, event.at, scene)
      if (failed) this.#leaveOut(event, failed.id, failed.error, rules, scene)
      else if (!counts) this.#follow(event, rules, scene)
      if (!counts) return
    }
    for (const rule of rules) {
      if (!rule.watches && !isInForce(rule, event.at)) continue
      try {
        scene.note(rule, rule.evolve(this.#rules[rule.id], event, scene))
      } catch (error) {
        if (rule.skipsErrors) continue
        this.#leaveOut(event, rule.id, error, rules, scene)
        return
      }
    }
    for (const { rule, evolution } of scene.notes) this.#apply(rule, evolution, position)
  }

  /** An event that counts for no rule has changed the scores all the same, and where they go by themselves. */
  #leaveOut(event: Event, failed: string, error: unknown, rules: readonly Rule[], scene: Present): void {
    this.#fail(failed, { at: event.at, identity: event.identity }, error)
    this.#follow(event, rules, scene)
  }

  #follow(event: Event, rules: readonly Rule[], scene: Present): void {
    for (const rule of rules) {
      if (rule.watches) this.#rules[rule.id] = rule.evolve(this.#rules[rule.id], event, scene).state
    }
  }

  /** Of events that no score in the fold looks at, which are most, nothing is kept. */
  #scoresWith(event: Event): ScoreState | undefined {
    const { tracked, zone } = this.#program
    if (!tracked.some(({ on }) => on === null || on === event.type)) return this.#scores
    return prune(addEvents(this.#scores ?? NO_SCORES, [event], tracked, zone), zone.day(event.at), tracked)
  }

  #apply(
    rule: Rule,
    { state, grants, losses, ranked }: Evolution<unknown>,
    position: Position,
    counts = true,
  ): void {
    if (state !== undefined) this.#rules[rule.id] = state
    if (!counts || !isInForceAt(rule, position)) return
    for (const loss of losses ?? []) this.#lose({ ...loss, rule: rule.id, ...position })
    for (const grant of grants) this.#grant(rule.id, grant, position)
    if (ranked !== undefined) this.#totals.sum(rule.id, ranked, position)
  }

  #grant(rule: string, grant: Grant, position: Position): void {
    const { kind, occurrence, level, wallet: id, amount, availableAt, receipt } = grant
    const { at, identity } = position
    // Field by field: this is what folding does most, and spreading costs half of it.
    const outcome = { kind, rule, occurrence, level, wallet: id, amount, availableAt, receipt, at, identity }
    this.#emit(outcome)
    if (id === null || amount === 0) return
    const { walletRules } = this.#program
    const wallet = this.#wallets[id] ?? EMPTY_WALLET
    this.#wallets[id] =
      availableAt === null
        ? earn(wallet, amount, this.#expiry(walletRules.get(id), at))
        : earnPending(wallet, amount, availableAt)
    this.#totals.earn(id, earnedBy(outcome), position)
  }

  /** What was won again is not lost, and what is lost now need not be known as won in between. */
  #emit(outcome: Outcome): void {
    const key = outcomeKey(outcome)
    this.#losses.delete(key)
    this.#outcomes.set(key, outcome)
  }

  #lose(loss: Loss): void {
    const key = outcomeKey(loss)
    this.#outcomes.delete(key)
    this.#losses.set(key, loss)
  }

  /** A spend or an adjustment: decided before, so that it is only carried out here. */
  #move({ type, value, payload, at, identity }: Event): void {
    if (type !== SPEND && type !== ADJUST) return
    const { wallet: id, ...rest } = JSON.parse(payload) as { wallet: string; reason?: string; by?: string }
    const rule = this.#program.walletRules.get(id)
    if (!rule) throw new Error(`the program has no wallet ${id}`)
    const wallet = this.#wallets[id] ?? EMPTY_WALLET
    const amount = value ?? 0
    this.#wallets[id] =
      type === SPEND ? spend(wallet, amount) : adjust(wallet, amount, this.#expiry(rule, at))
    this.#emit({
      ...this.#walletOutcome(type === SPEND ? 'spent' : 'adjusted', id, type === SPEND ? -amount : amount),
      occurrence: identity,
      receipt: { ...rest },
      at,
      identity,
    })
  }

  /** What a wallet's time does: what is pending matures first, then what is due expires. */
  #settle(rule: WalletRule, position: Position): void {
    const wallet = this.#wallets[rule.id]
    if (!wallet || walletDue(wallet) > position.at) return
    const matured = mature(wallet, position.at, this.#expiry(rule, position.at))
    const expired = expire(matured.wallet, position.at)
    this.#wallets[rule.id] = expired.wallet
    const day = this.#program.zone.day(position.at)
    for (const [kind, amount] of [
      ['matured', matured.amount],
      ['expired', -expired.amount],
    ] as const) {
      if (amount === 0) continue
      const outcome = this.#walletOutcome(kind, rule.id, amount)
      this.#emit({ ...outcome, occurrence: `${kind}/${dayName(day)}`, receipt: { day }, ...position })
    }
  }

  #walletOutcome(kind: 'spent' | 'adjusted' | 'matured' | 'expired', wallet: string, amount: number) {
    return { kind, rule: wallet, level: 0, wallet, amount, availableAt: null }
  }

  #attempt(rule: string, position: Position, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#fail(rule, position, error)
    }
  }

  #fail(rule: string, position: Position, error: unknown): void {
    this.#emit({
      kind: 'failed',
      rule,
      occurrence: position.identity,
      level: 0,
      wallet: null,
      amount: 0,
      availableAt: null,
      receipt: { error: firstLine(error) },
      ...position,
    })
  }

  /** When points that become available at an instant expire; null for never. */
  #expiry(rule: WalletRule | undefined, at: number): number | null {
    if (!rule || rule.expiresAfter === null) return null
    const { zone } = this.#program
    return zone.startAfter(zone.day(at) + rule.expiresAfter, at)
  }

  /**
   * Whether a rule has an end is not asked here: a state stays what it was when its rule is given one. So a
   * rule that has ended may be due for ever, and does not count once that time has passed.
   */
  #nextDue(): number | null {
    const { walletRules, timed, zone } = this.#program
    const present = this.#position?.at ?? Number.NEGATIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const id of walletRules.keys()) {
      const wallet = this.#wallets[id]
      if (wallet) next = Math.min(next, walletDue(wallet))
    }
    for (const rule of timed) {
      const own = this.#rules[rule.id]
      const due = own === undefined ? null : rule.timer!.due(own, zone)
      if (due !== null && due > present && due < next) next = due
    }
    // In some zones' past a day began before an event of the day before it: time goes on all the same.
    return next === Number.POSITIVE_INFINITY ? null : Math.max(next, present + 1)
  }

  #scene(at: number): Present {
    const stage = { wallets: this.#wallets, rules: this.#rules }
    return new Present(this.#program, at, this.#scores ?? NO_SCORES, stage)
  }
}

/** Of the very instant at which a rule ends, what time brings about still counts, and no event does. */
function isInForceAt(rule: Rule, { at, identity }: Position): boolean {
  return isInForce(rule, at) || (at === rule.until && identity === NO_EVENT)
}
