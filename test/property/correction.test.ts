import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { correct, type Recorded, vanished } from '#domain/correction.ts'
import type { Event } from '#domain/event.ts'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import type { Outcome, Standing } from '#domain/outcome.ts'
import { comparePositions } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { batched, cuts, histories, programOf, programs } from './history.ts'
import { law } from './law.ts'

const outcomes: fc.Arbitrary<Outcome[]> = fc.uniqueArray(
  fc.record<Outcome>({
    kind: fc.constantFrom('points', 'badge', 'mission'),
    rule: fc.constantFrom('a', 'b'),
    occurrence: fc.constantFrom('1', '2', '3'),
    level: fc.nat(2),
    wallet: fc.constantFrom('points', 'coins', null),
    amount: fc.nat(5),
    receipt: fc.constantFrom({}, { full: 1 }),
    at: fc.nat(2),
    identity: fc.constantFrom('x', 'y'),
  }),
  { selector: keyOf },
)

const recordings: fc.Arbitrary<Recorded[]> = outcomes.chain((all) =>
  fc.tuple(
    ...all.map((outcome) =>
      fc
        .record({ revision: fc.integer({ min: 1, max: 4 }), live: fc.boolean() })
        .map((rest): Recorded => ({ ...outcome, ...rest })),
    ),
  ),
)

function keyOf({ rule, occurrence }: Pick<Outcome, 'rule' | 'occurrence'>): string {
  return `${rule} ${occurrence}`
}

/** What tells one award from another: not the numbers behind it. */
function award({ kind, rule, occurrence, level, wallet, amount, at, identity }: Outcome) {
  return { kind, rule, occurrence, level, wallet, amount, at, identity }
}

const sorted = (all: readonly Outcome[]) => all.map(award).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))

/** Awards and ledger as the store keeps them. */
class Book {
  readonly awards = new Map<string, Recorded>()
  readonly balances: Record<string, number> = {}

  constructor(recorded: readonly Recorded[] = []) {
    for (const each of recorded) {
      this.awards.set(keyOf(each), each)
      if (each.live && each.wallet !== null) this.#post(each.wallet, each.amount)
    }
  }

  write({ changed, postings }: ReturnType<typeof correct>): void {
    for (const each of changed) {
      const revision = (this.awards.get(keyOf(each))?.revision ?? 0) + 1
      this.awards.set(keyOf(each), { ...each, revision })
    }
    for (const { wallet, amount } of postings) this.#post(wallet, amount)
  }

  live(): Recorded[] {
    return [...this.awards.values()].filter(({ live }) => live)
  }

  #post(wallet: string, amount: number): void {
    this.balances[wallet] = (this.balances[wallet] ?? 0) + amount
  }
}

const sumIn = (all: readonly Outcome[], name: string) =>
  all.reduce((sum, { wallet, amount }) => sum + (wallet === name ? amount : 0), 0)

describe('a correction', () => {
  law('leads to exactly what was found, and so does the ledger', recordings, outcomes, (recorded, found) => {
    const book = new Book(recorded)
    book.write(correct(recorded, found))
    expect(sorted(book.live())).toEqual(sorted(found))
    for (const wallet of ['points', 'coins']) expect(book.balances[wallet] ?? 0).toBe(sumIn(found, wallet))
  })

  law('changes nothing where nothing differs', outcomes, (found) => {
    const recorded = found.map((outcome): Recorded => ({ ...outcome, revision: 1, live: true }))
    expect(correct(recorded, found)).toEqual({ changed: [], postings: [] })
  })

  law('done twice changes nothing more', recordings, outcomes, (recorded, found) => {
    const book = new Book(recorded)
    book.write(correct(recorded, found))
    expect(correct([...book.awards.values()], found)).toEqual({ changed: [], postings: [] })
  })

  law('counts revisions one by one, and posts no zero', recordings, outcomes, (recorded, found) => {
    const before = new Map(recorded.map((each) => [keyOf(each), each.revision]))
    const { changed, postings } = correct(recorded, found)
    for (const each of changed) expect(each.revision).toBe((before.get(keyOf(each)) ?? 0) + 1)
    for (const { amount } of postings) expect(amount).not.toBe(0)
  })
})

/** A customer's game batch by batch: in order folded onto the state, late refolded and corrected. */
function play(batches: readonly (readonly Event[])[], program: Program) {
  const book = new Book()
  const standings = new Map<string, Standing>()
  const seen: Event[] = []
  let state: GameState = NEW_GAME
  for (const batch of batches) {
    seen.push(...batch)
    const { position } = state
    const isLate = position !== null && batch.some((event) => comparePositions(event, position) < 0)
    const step = isLate ? foldAll(NEW_GAME, seen, program) : foldAll(state, batch, program)
    state = step.state
    book.write(correct(isLate ? [...book.awards.values()] : [], step.outcomes))
    const gone = isLate ? vanished([...standings.values()], step.standings) : []
    for (const each of [...step.standings, ...gone]) standings.set(`${each.board} ${each.period}`, each)
  }
  return { state, book, standings: [...standings.values()].filter(({ total }) => total !== 0) }
}

const byBoard = (all: readonly Standing[]) =>
  all.toSorted((a, b) => (`${a.board} ${a.period}` < `${b.board} ${b.period}` ? -1 : 1))

law('late events end where events in order do', programs, histories, cuts, (choice, events, at) => {
  const program = programOf(choice)
  const whole = foldAll(NEW_GAME, events, program)
  const { state, book, standings } = play(batched(events, at), program)
  expect(state).toEqual(whole.state)
  expect(sorted(book.live())).toEqual(sorted(whole.outcomes))
  expect(byBoard(standings)).toEqual(byBoard(whole.standings))
  for (const wallet of program.wallets) {
    expect(book.balances[wallet] ?? 0).toBe(whole.state.wallets[wallet]?.balance ?? 0)
  }
})
