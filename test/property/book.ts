import { standingsAt } from '#domain/board.ts'
import type { Correction, Recorded } from '#domain/correction.ts'
import type { Event } from '#domain/event.ts'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import { type Outcome, outcomeKey, type Standing, standingKey } from '#domain/outcome.ts'
import { isBefore, type Position } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { type Change, earliestChange, extend, heldKeys, refold, startBefore } from '#domain/refold.ts'

/** An event as it arrives: it may say that another one never happened. */
export interface Arrival extends Event {
  readonly reverses?: string
}

/** An award without how it came to stand there. */
function award(outcome: Outcome) {
  const { kind, rule, occurrence, level, wallet, amount, availableAt, at, identity, receipt } = outcome
  return { kind, rule, occurrence, level, wallet, amount, availableAt, at, identity, receipt }
}

export function sortedAwards(all: readonly Outcome[]) {
  return all.map(award).toSorted((a, b) => (outcomeKey(a) < outcomeKey(b) ? -1 : 1))
}

export function sortedStandings(all: readonly Standing[]) {
  return all.filter(({ total }) => total !== 0).toSorted((a, b) => (standingKey(a) < standingKey(b) ? -1 : 1))
}

/** The events that count: no reversals, and none that one of them names. */
export function counted(arrivals: Iterable<Arrival>): Event[] {
  const all = [...arrivals]
  const reversed = new Set(all.flatMap(({ reverses }) => (reverses === undefined ? [] : [reverses])))
  return all.filter(({ identity, reverses }) => reverses === undefined && !reversed.has(identity))
}

/** What is to be stored of one customer in the end: folded from nothing, to the same time. */
export function fromNothing(arrivals: Iterable<Arrival>, program: Program, reached: Position | null) {
  return foldAll(NEW_GAME, counted(arrivals), program, reached?.at)
}

/**
 * One customer as the store keeps them: the real decisions of the domain over maps in the place of tables.
 * What the pipeline does on PostgreSQL, without PostgreSQL.
 */
export class Book {
  readonly program: Program
  readonly arrived = new Map<string, Arrival>()
  readonly awards = new Map<string, Recorded>()
  readonly balances: Record<string, number> = {}
  readonly #standings = new Map<string, Standing>()
  checkpoints: GameState[] = []
  state: GameState = NEW_GAME

  constructor(program: Program, recorded: readonly Recorded[] = []) {
    this.program = program
    for (const each of recorded) {
      this.awards.set(outcomeKey(each), each)
      if (each.live && each.wallet !== null && each.availableAt === null) this.#post(each.wallet, each.amount)
    }
  }

  /** A batch, some of whose events may have come before. */
  deliver(batch: readonly Arrival[]): void {
    const fresh = [...new Map(batch.map((each) => [each.identity, each])).values()].filter(
      ({ identity }) => !this.arrived.has(identity),
    )
    const included = new Map(counted(this.arrived.values()).map((each) => [each.identity, each]))
    for (const each of fresh) this.arrived.set(each.identity, each)
    const present = counted(this.arrived.values())
    const isFresh = new Set(fresh.map(({ identity }) => identity))
    const events = present.filter(({ identity }) => isFresh.has(identity))
    const undone = fresh.flatMap(({ reverses }) => included.get(reverses ?? '') ?? [])
    const from = earliestChange(this.state.position, events, undone)
    if (from) this.refold(from)
    else this.#write(extend(this.#stored(), events, this.program))
  }

  advance(time: number): void {
    this.#write(extend(this.#stored(), [], this.program, time))
  }

  /** @param from null for the beginning */
  refold(from: Position | null): void {
    this.#refoldAt(startBefore(this.checkpoints, from))
  }

  /** Folds again from one checkpoint, the so-many-th that there is. */
  refoldFrom(index: number): void {
    this.#refoldAt(this.checkpoints[index % this.checkpoints.length] ?? NEW_GAME)
  }

  live(): Recorded[] {
    return [...this.awards.values()].filter(({ live }) => live)
  }

  standings(): Standing[] {
    return [...this.#standings.values()]
  }

  write({ changed, postings }: Correction): void {
    for (const each of changed) {
      const revision = (this.awards.get(outcomeKey(each))?.revision ?? 0) + 1
      this.awards.set(outcomeKey(each), { ...each, revision })
    }
    for (const { wallet, amount } of postings) this.#post(wallet, amount)
  }

  #refoldAt(stored: GameState): void {
    const start = JSON.parse(JSON.stringify(stored)) as GameState
    const isAfter = (position: Position) => isBefore(start.position, position)
    const keys = heldKeys(start, this.program)
    const totals = new Set(standingsAt(start, this.program).map(standingKey))
    const recording = {
      start,
      reached: this.state.position,
      awards: [...this.awards.values()].filter((each) => isAfter(each) || keys.has(outcomeKey(each))),
      standings: this.standings().filter((each) => isAfter(each) || totals.has(standingKey(each))),
    }
    this.#write(refold(recording, counted(this.arrived.values()).filter(isAfter), this.program))
  }

  #write(change: Change): void {
    this.state = change.state
    this.write(change)
    for (const { rule, occurrence } of change.losses) {
      const key = outcomeKey({ rule, occurrence })
      const old = this.awards.get(key)
      if (old?.live) this.awards.set(key, { ...old, live: false, revision: old.revision + 1 })
    }
    for (const each of change.standings) this.#standings.set(standingKey(each), each)
    this.checkpoints = [
      ...this.checkpoints.filter(({ position }) => !isBefore(change.since, position)),
      ...change.checkpoints,
    ]
  }

  /** What is stored is text. */
  #stored(): GameState {
    return JSON.parse(JSON.stringify(this.state)) as GameState
  }

  #post(wallet: string, amount: number): void {
    this.balances[wallet] = (this.balances[wallet] ?? 0) + amount
  }
}

/** Awards, ledger, boards and state of a book, and the same from nothing: to be equal. */
export function compared(book: Book) {
  const { program, state } = book
  const whole = fromNothing(book.arrived.values(), program, state.position)
  const balanceOf = (game: GameState, wallet: string) => game.wallets[wallet]?.balance ?? 0
  return {
    live: {
      state,
      awards: sortedAwards(book.live()),
      standings: sortedStandings(book.standings()),
      ledger: program.wallets.map((wallet) => book.balances[wallet] ?? 0),
    },
    whole: {
      state: whole.state,
      awards: sortedAwards(whole.outcomes.filter(({ kind }) => kind !== 'failed')),
      standings: sortedStandings(whole.standings),
      ledger: program.wallets.map((wallet) => balanceOf(whole.state, wallet)),
    },
  }
}

/** Delivers in batches, in the order given. */
export function play(batches: readonly (readonly Arrival[])[], program: Program): Book {
  const book = new Book(program)
  for (const batch of batches) book.deliver(batch)
  return book
}
