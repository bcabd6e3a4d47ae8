import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { isWalletEvent } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { outcomeKey } from '#domain/outcome.ts'
import { type Arrival, Book, compared, counted, fromNothing, play, sortedAwards } from './book.ts'
import { batched, cuts, histories, inOrder, moments, programOf, programs } from './history.ts'
import { agree, law } from './law.ts'

/** A history in which some events say that others never happened: they arrive before or after those. */
const arrivals: fc.Arbitrary<Arrival[]> = histories.chain((events) =>
  fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 6 }).map((pairs) => withReversals(events, pairs)),
)

function withReversals(events: readonly Arrival[], pairs: readonly [number, number][]): Arrival[] {
  const all = [...events]
  for (const [by, of] of pairs) {
    if (all.length === 0) continue
    const [index, target] = [by % all.length, all[of % all.length]!]
    if (isWalletEvent(all[index]!.type) || isWalletEvent(target.type)) continue
    all[index] = { ...all[index]!, reverses: target.identity }
  }
  return all
}

const ticks = fc.array(moments, { maxLength: 3 })

describe('a game as it is stored', () => {
  law('equals the same history folded from nothing', programs, arrivals, cuts, (choice, events, at) => {
    const { live, whole } = compared(play(batched(events, at), programOf(choice)))
    agree(live, whole)
  })

  law('does not depend on the order of arrival', programs, arrivals, cuts, (choice, events, at) => {
    const program = programOf(choice)
    const books = [events, events.toReversed(), inOrder(events)].map((order) =>
      play(batched(order, at), program),
    )
    const last = Math.max(0, ...books.map(({ state }) => state.position?.at ?? 0))
    for (const book of books) book.advance(last)
    const [first, ...others] = books.map((book) => compared(book).live)
    for (const other of others) agree(other, first)
  })

  law(
    'does not depend on when time was looked at',
    programs,
    arrivals,
    cuts,
    ticks,
    (choice, events, at, times) => {
      const book = new Book(programOf(choice))
      for (const [i, batch] of batched(events, at).entries()) {
        book.deliver(batch)
        const time = times[i]
        if (time !== undefined) book.advance(time)
      }
      const { live, whole } = compared(book)
      agree(live, whole)
    },
  )

  law('is not changed by a duplicate', programs, arrivals, cuts, (choice, events, at) => {
    const program = programOf(choice)
    const [first, second] = batched(events, at)
    const book = play([first ?? [], second ?? []], program)
    const before = JSON.stringify([compared(book).live, [...book.awards]])
    book.deliver([...(second ?? []), ...(first ?? [])])
    expect(JSON.stringify([compared(book).live, [...book.awards]])).toBe(before)
  })

  law(
    'has one live award of a rule, customer and occurrence',
    programs,
    arrivals,
    cuts,
    (choice, events, at) => {
      const { awards } = play(batched(events, at), programOf(choice))
      for (const [key, each] of awards) expect(outcomeKey(each)).toBe(key)
      for (const { revision } of awards.values()) expect(revision).toBeGreaterThan(0)
    },
  )

  law('has nothing earned once everything is reversed', programs, histories, cuts, (choice, events, at) => {
    const program = programOf(choice)
    const reversals = events
      .filter(({ type }) => !isWalletEvent(type))
      .map(
        (event, i): Arrival => ({
          ...event,
          identity: `f${event.identity.slice(1)}`,
          at: event.at + i,
          reverses: event.identity,
        }),
      )
    const book = play(batched([...reversals.slice(0, 5), ...events, ...reversals.slice(5)], at), program)
    for (const { earned, pending } of Object.values(book.state.wallets)) agree([earned, pending], [0, 0])
    const kinds = new Set(book.live().map(({ kind }) => kind))
    for (const kind of kinds) expect(['spent', 'adjusted', 'expired']).toContain(kind)
    agree(compared(book).live.standings, [])
  })

  law('takes no notice of a reversal’s reversal', programs, histories, cuts, (choice, events, at) => {
    const program = programOf(choice)
    const [target] = events.filter(({ type }) => !isWalletEvent(type))
    if (!target) return
    const first: Arrival = { ...target, identity: `e${target.identity.slice(1)}`, reverses: target.identity }
    const second: Arrival = { ...target, identity: `f${target.identity.slice(1)}`, reverses: first.identity }
    const book = play(batched([second, ...events, first], at), program)
    const rest = events.filter((event) => event !== target)
    const whole = foldAll(NEW_GAME, rest, program, book.state.position?.at)
    agree(sortedAwards(book.live()), sortedAwards(whole.outcomes.filter(({ kind }) => kind !== 'failed')))
  })

  law(
    'of two that are linked is the game of both histories',
    programs,
    arrivals,
    arrivals,
    cuts,
    (choice, a, b, at) => {
      const program = programOf(choice)
      const others = b.map((event) => ({
        ...event,
        identity: `d${event.identity.slice(1)}`,
        ...(event.reverses !== undefined && { reverses: `d${event.reverses.slice(1)}` }),
      }))
      const root = play(batched(a, at), program)
      const member = play(batched(others, at), program)
      for (const [identity, event] of member.arrived) root.arrived.set(identity, event)
      root.refold(null)
      const last = Math.max(0, ...[root, member].map(({ state }) => state.position?.at ?? 0))
      root.advance(last)
      const both = play([[...a, ...others]], program)
      both.advance(last)
      agree(compared(root).live, compared(both).live)
    },
  )
})

describe('a refold', () => {
  law(
    'from any checkpoint is a refold from nothing',
    programs,
    histories,
    cuts,
    fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    (choice, events, at, indices) => {
      const book = play(batched(events, at), programOf(choice))
      const before = JSON.stringify([compared(book).live, [...book.awards], book.checkpoints])
      for (const index of indices) {
        book.refoldFrom(index)
        expect(JSON.stringify([compared(book).live, [...book.awards], book.checkpoints])).toBe(before)
      }
      const { live, whole } = compared(book)
      agree(live, whole)
      agree(book.checkpoints, fromNothing(book.arrived.values(), book.program, null).checkpoints)
    },
  )

  law(
    'finds the nearest start, however late an event is',
    programs,
    histories,
    fc.nat(),
    (choice, events, pick) => {
      const program = programOf(choice)
      const late = inOrder(events)[pick % events.length]
      if (!late) return
      const book = play([events.filter((event) => event !== late), [late]], program)
      const { live, whole } = compared(book)
      agree(live, whole)
      expect(counted(book.arrived.values()).length).toBe(events.length)
    },
  )
})
