import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { correct, correctStandings, type Recorded } from '#domain/correction.ts'
import { type Outcome, outcomeKey, postedBy, type Standing, standingKey } from '#domain/outcome.ts'
import { Book, sortedAwards, sortedStandings } from './book.ts'
import { programOf } from './history.ts'
import { law } from './law.ts'

const PROGRAM = programOf({ zone: 'Asia/Dhaka', rules: [], who: 'a' })

const outcomes: fc.Arbitrary<Outcome[]> = fc.uniqueArray(
  fc.record<Outcome>({
    kind: fc.constantFrom('points', 'badge', 'mission'),
    rule: fc.constantFrom('a', 'b'),
    occurrence: fc.constantFrom('1', '2', '3'),
    level: fc.nat(2),
    wallet: fc.constantFrom('points', 'coins', null),
    amount: fc.integer({ min: -5, max: 5 }),
    availableAt: fc.constantFrom(null, null, 7),
    receipt: fc.constantFrom({}, { full: 1 }),
    at: fc.nat(2),
    identity: fc.constantFrom('x', 'y'),
  }),
  { selector: outcomeKey },
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

const sumIn = (all: readonly Outcome[], name: string) =>
  all.reduce((sum, outcome) => sum + (outcome.wallet === name ? postedBy(outcome) : 0), 0)

describe('a correction', () => {
  law('leads to exactly what was found, and so does the ledger', recordings, outcomes, (recorded, found) => {
    const book = new Book(PROGRAM, recorded)
    book.write(correct(recorded, found))
    expect(sortedAwards(book.live())).toEqual(sortedAwards(found))
    for (const wallet of ['points', 'coins']) expect(book.balances[wallet] ?? 0).toBe(sumIn(found, wallet))
  })

  law('changes nothing where nothing differs', outcomes, (found) => {
    const recorded = found.map((outcome): Recorded => ({ ...outcome, revision: 1, live: true }))
    expect(correct(recorded, found)).toEqual({ changed: [], postings: [] })
  })

  law('done twice changes nothing more', recordings, outcomes, (recorded, found) => {
    const book = new Book(PROGRAM, recorded)
    book.write(correct(recorded, found))
    expect(correct([...book.awards.values()], found)).toEqual({ changed: [], postings: [] })
  })

  law('counts revisions one by one, and posts no zero', recordings, outcomes, (recorded, found) => {
    const before = new Map(recorded.map((each) => [outcomeKey(each), each.revision]))
    const { changed, postings } = correct(recorded, found)
    for (const each of changed) expect(each.revision).toBe((before.get(outcomeKey(each)) ?? 0) + 1)
    for (const { amount } of postings) expect(amount).not.toBe(0)
  })
})

const standings: fc.Arbitrary<Standing[]> = fc.uniqueArray(
  fc.record<Standing>({
    board: fc.constantFrom('a', 'b'),
    period: fc.constantFrom('1', '2'),
    total: fc.nat(2),
    at: fc.nat(2),
    identity: fc.constantFrom('x', 'y'),
  }),
  { selector: standingKey },
)

law('corrected totals are those that were found', standings, standings, (recorded, found) => {
  const written = new Map(recorded.map((each) => [standingKey(each), each]))
  for (const each of correctStandings(recorded, found)) {
    expect(written.get(standingKey(each))).not.toEqual(each)
    written.set(standingKey(each), each)
  }
  expect(sortedStandings([...written.values()])).toEqual(sortedStandings(found))
})
