import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { periodName, periodNumber } from '#domain/calendar.ts'
import type { Event } from '#domain/event.ts'
import { foldAll, type GameState, NEW_GAME, type Step } from '#domain/fold.ts'
import type { Outcome } from '#domain/outcome.ts'
import type { Program } from '#domain/program.ts'
import { batched, cuts, histories, inOrder, programOf, programs, soundPrograms } from './history.ts'
import { law } from './law.ts'

const total = (outcomes: readonly Outcome[]) => outcomes.reduce((sum, { amount }) => sum + amount, 0)

/** Folds batch after batch, as a worker does, each onto what is stored as text in between. */
function foldInBatches(batches: readonly (readonly Event[])[], program: Program): Step {
  let state: GameState = NEW_GAME
  const outcomes: Outcome[] = []
  const standings = new Map<string, Step['standings'][number]>()
  for (const batch of batches) {
    const step = foldAll(JSON.parse(JSON.stringify(state)) as GameState, batch, program)
    state = step.state
    outcomes.push(...step.outcomes)
    for (const standing of step.standings) standings.set(`${standing.board} ${standing.period}`, standing)
  }
  return { state, outcomes, standings: [...standings.values()] }
}

describe('the fold', () => {
  law('ends the same for every order of arrival', programs, histories, (choice, events) => {
    const program = programOf(choice)
    const game = foldAll(NEW_GAME, inOrder(events), program)
    expect(foldAll(NEW_GAME, events, program)).toEqual(game)
    expect(foldAll(NEW_GAME, events.toReversed(), program)).toEqual(game)
  })

  law('ends the same for every batching', programs, histories, cuts, (choice, events, at) => {
    const program = programOf(choice)
    const batches = batched(inOrder(events), at)
    expect(foldInBatches(batches, program)).toEqual(foldAll(NEW_GAME, events, program))
  })

  law('changes nothing that it is given', programs, histories, histories, (choice, before, after) => {
    const program = programOf(choice)
    const { state } = foldAll(NEW_GAME, before, program)
    const [stateText, eventsText] = [JSON.stringify(state), JSON.stringify(after)]
    foldAll(state, after, program)
    expect([JSON.stringify(state), JSON.stringify(after)]).toEqual([stateText, eventsText])
  })

  const strange = fc.record({
    type: fc.constantFrom('recharge', 'app_login', 'data_usage', 'fee', '__proto__', 'constructor', ''),
    value: fc.option(fc.maxSafeInteger()),
    payload: fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"metadata":${json}}`),
    ),
    source: fc.string(),
    at: fc.integer({ min: -8.64e15 + 1e9, max: 8.64e15 - 1e9 }),
    identity: fc.uuid(),
  })

  law('throws on no event', programs, fc.array(strange, { maxLength: 10 }), (choice, events) => {
    const { state, outcomes } = foldAll(NEW_GAME, events, programOf(choice))
    const last = inOrder(events).at(-1)
    expect(state.position).toEqual(last ? { at: last.at, identity: last.identity } : null)
    for (const { kind, receipt } of outcomes) {
      if (kind === 'failed') expect(receipt.error).toMatch(/./)
    }
  })

  law('gives each occurrence of a rule once', programs, histories, (choice, events) => {
    const { outcomes } = foldAll(NEW_GAME, events, programOf(choice))
    const keys = outcomes.map(({ rule, occurrence }) => `${rule} ${occurrence}`)
    expect(new Set(keys).size).toBe(keys.length)
  })

  law('keeps outcomes, wallets and boards for ever equal', programs, histories, (choice, events) => {
    const { state, outcomes, standings } = foldAll(NEW_GAME, events, programOf(choice))
    for (const name of ['points', 'coins']) {
      const earned = outcomes.filter(({ wallet }) => wallet === name)
      const wallet = state.wallets[name]
      const standing = standings.find(({ board }) => board === `${name}-all`)
      const sum = total(earned)
      expect([wallet?.balance ?? 0, wallet?.earned ?? 0, standing?.total ?? 0]).toEqual([sum, sum, sum])
      expect(standing && { at: standing.at, identity: standing.identity }).toEqual(
        earned.length === 0 ? undefined : { at: earned.at(-1)!.at, identity: earned.at(-1)!.identity },
      )
    }
  })

  law('sums up what was earned in each period of a board', programs, histories, (choice, events) => {
    const program = programOf(choice)
    const { outcomes, standings } = foldAll(NEW_GAME, events, program)
    for (const { board, period, total: height } of standings) {
      const { wallet, period: kind } = program.boards.find(({ id }) => id === board)!
      const within = outcomes.filter(
        (outcome) =>
          outcome.wallet === wallet &&
          periodName(kind, periodNumber(kind, outcome.at, program.zone)) === period,
      )
      expect(height).toBe(total(within))
    }
  })

  law('names with every outcome the event that caused it', programs, histories, (choice, events) => {
    for (const outcome of foldAll(NEW_GAME, events, programOf(choice)).outcomes) {
      const cause = events.find(({ identity }) => identity === outcome.identity)
      expect(outcome.at).toBe(cause?.at)
      expect(outcome.amount).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('a rule', () => {
  law('gives the same whatever other rules there are', soundPrograms, histories, (choice, events) => {
    const all = foldAll(NEW_GAME, events, programOf(choice)).outcomes
    for (const id of choice.rules) {
      const alone = foldAll(NEW_GAME, events, programOf({ ...choice, rules: [id] })).outcomes
      expect(all.filter(({ rule }) => rule === id)).toEqual(alone)
    }
  })

  law('that fails leaves no trace of the event', programs, histories, (choice, events) => {
    const program = programOf(choice)
    const { state, outcomes } = foldAll(NEW_GAME, events, program)
    const failed = new Set(outcomes.flatMap(({ kind, identity }) => (kind === 'failed' ? [identity] : [])))
    const rest = events.filter(({ identity }) => !failed.has(identity))
    const without = foldAll(NEW_GAME, rest, program)
    expect(outcomes.filter(({ kind }) => kind !== 'failed')).toEqual(without.outcomes)
    expect({ ...state, position: null }).toEqual({ ...without.state, position: null })
  })
})

/** What rules give, worked out from the whole history at once instead of event by event. */
describe('worked out by brute force', () => {
  const weekOf = ({ at }: { readonly at: number }, { zone }: Program) =>
    periodName('week', periodNumber('week', at, zone))

  /** The sums of the values of a type, by week. */
  function sums(events: readonly Event[], type: string, program: Program): Map<string, number> {
    const byWeek = new Map<string, number>()
    for (const event of events.filter((each) => each.type === type)) {
      const week = weekOf(event, program)
      byWeek.set(week, (byWeek.get(week) ?? 0) + (event.value ?? 0))
    }
    return byWeek
  }

  law(
    'a cap gives the smaller of itself and the sum, in each period',
    programs,
    histories,
    (choice, events) => {
      const program = programOf({ ...choice, rules: ['whole'] })
      const { outcomes } = foldAll(NEW_GAME, events, program)
      for (const [week, sum] of sums(events, 'recharge', program)) {
        const given = outcomes.filter((outcome) => weekOf(outcome, program) === week)
        expect(total(given)).toBe(Math.min(sum, 7_777_777))
      }
    },
  )

  law('a streak gives the levels that the longest run reaches', programs, histories, (choice, events) => {
    const program = programOf({ ...choice, rules: ['streak'] })
    const logins = events.filter(({ type }) => type === 'app_login')
    const days = new Set(logins.map(({ at }) => program.zone.day(at)))
    const run = (day: number): number => (days.has(day) ? 1 + run(day + 1) : 0)
    const longest = Math.max(0, ...[...days].map(run))
    const levels = foldAll(NEW_GAME, events, program).outcomes.map(({ level }) => level)
    expect(levels).toEqual([1, 2, 4].flatMap((length, i) => (length <= longest ? [i + 1] : [])))
  })

  law(
    'a mission is completed in the periods whose sum reaches its target',
    programs,
    histories,
    (choice, events) => {
      const program = programOf({ ...choice, rules: ['weekly-data'] })
      const reached = [...sums(events, 'data_usage', program)].filter(([, sum]) => sum >= 3_000_000)
      const { outcomes } = foldAll(NEW_GAME, events, program)
      expect(outcomes.map(({ occurrence }) => occurrence).sort()).toEqual(
        reached.map(([week]) => week).sort(),
      )
    },
  )
})
