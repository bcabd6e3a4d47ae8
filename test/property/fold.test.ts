import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { periodName, periodNumber } from '#domain/calendar.ts'
import { type Event, isWalletEvent } from '#domain/event.ts'
import { advance, fold, foldAll, type GameState, NEW_GAME, type Step } from '#domain/fold.ts'
import { earnedBy, type Outcome, outcomeKey, postedBy } from '#domain/outcome.ts'
import { NO_EVENT } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { EMPTY_WALLET, type Lot } from '#domain/wallet.ts'
import { sortedAwards, sortedStandings } from './book.ts'
import {
  batched,
  cuts,
  DEPENDENT,
  FRAGILE,
  histories,
  inOrder,
  moments,
  programOf,
  programs,
  soundPrograms,
} from './history.ts'
import { agree, law } from './law.ts'

const total = (outcomes: readonly Outcome[]) => outcomes.reduce((sum, { amount }) => sum + amount, 0)

/** Folds batch after batch, as a worker does, each onto what is stored as text in between. */
function foldInBatches(batches: readonly (readonly Event[])[], program: Program) {
  let state: GameState = NEW_GAME
  const outcomes = new Map<string, Outcome>()
  const standings = new Map<string, Step['standings'][number]>()
  for (const batch of batches) {
    const step = foldAll(JSON.parse(JSON.stringify(state)) as GameState, batch, program)
    state = step.state
    for (const loss of step.losses) outcomes.delete(outcomeKey(loss))
    for (const outcome of step.outcomes) outcomes.set(outcomeKey(outcome), outcome)
    for (const standing of step.standings) standings.set(`${standing.board} ${standing.period}`, standing)
  }
  return {
    state,
    outcomes: sortedAwards([...outcomes.values()]),
    standings: sortedStandings([...standings.values()]),
  }
}

describe('the fold', () => {
  law('ends the same for every order of arrival', programs, histories, (choice, events) => {
    const program = programOf(choice)
    const game = foldAll(NEW_GAME, inOrder(events), program)
    agree(foldAll(NEW_GAME, events, program), game)
    agree(foldAll(NEW_GAME, events.toReversed(), program), game)
  })

  law('ends the same for every batching', programs, histories, cuts, (choice, events, at) => {
    const program = programOf(choice)
    const batches = batched(inOrder(events), at)
    const { state, outcomes, standings } = foldAll(NEW_GAME, events, program)
    const whole = { state, outcomes: sortedAwards(outcomes), standings: sortedStandings(standings) }
    agree(foldInBatches(batches, program), whole)
    expect(
      foldInBatches(
        inOrder(events).map((event) => [event]),
        program,
      ),
    ).toEqual(whole)
  })

  law('changes nothing that it is given', programs, histories, histories, (choice, before, after) => {
    const program = programOf(choice)
    const { state } = foldAll(NEW_GAME, before, program)
    const [stateText, eventsText] = [JSON.stringify(state), JSON.stringify(after)]
    foldAll(state, after, program)
    agree([JSON.stringify(state), JSON.stringify(after)], [stateText, eventsText])
  })

  const strange = fc.record({
    type: fc.constantFrom(
      ...['recharge', 'app_login', 'data_usage', 'fee', '__proto__', 'constructor', ''],
      ...['laurel.spend', 'laurel.adjust', 'laurel.refused'],
    ),
    value: fc.option(fc.maxSafeInteger()),
    payload: fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"metadata":${json}}`),
    ),
    source: fc.string(),
    at: fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 11, 31) }),
    identity: fc.uuid(),
  })

  law('throws on no event', programs, fc.array(strange, { maxLength: 10 }), (choice, events) => {
    const { state, outcomes } = foldAll(NEW_GAME, events, programOf(choice))
    const last = inOrder(events).at(-1)
    agree(state.position, last ? { at: last.at, identity: last.identity } : null)
    for (const { kind, receipt } of outcomes) {
      if (kind === 'failed') expect(receipt.error).toMatch(/./)
    }
    agree(JSON.parse(JSON.stringify(state)), state)
  })

  law('is its own continuation', programs, histories, moments, (choice, events, cut) => {
    const program = programOf(choice)
    const ordered = inOrder(events)
    const [before, after] = [ordered.filter(({ at }) => at < cut), ordered.filter(({ at }) => at >= cut)]
    const first = foldAll(NEW_GAME, before, program)
    const oneByOne = after.reduce((state, event) => fold(state, event, program).state, first.state)
    agree(foldAll(first.state, after, program).state, foldAll(NEW_GAME, events, program).state)
    agree(oneByOne, foldAll(NEW_GAME, events, program).state)
  })

  law('gives each occurrence of a rule once', programs, histories, (choice, events) => {
    const { outcomes } = foldAll(NEW_GAME, events, programOf(choice))
    const keys = outcomes.map(({ rule, occurrence }) => `${rule} ${occurrence}`)
    expect(new Set(keys).size).toBe(keys.length)
  })

  law('keeps outcomes, wallets and boards for ever equal', programs, histories, (choice, events) => {
    const program = programOf(choice)
    const { state, outcomes, standings } = foldAll(NEW_GAME, events, program)
    for (const name of program.wallets) {
      const own = outcomes.filter(({ wallet }) => wallet === name)
      const sum = (of: (outcome: Outcome) => number) => own.reduce((all, outcome) => all + of(outcome), 0)
      const wallet = state.wallets[name] ?? EMPTY_WALLET
      const of = (kind: Outcome['kind']) => sum((outcome) => (outcome.kind === kind ? outcome.amount : 0))
      expect(wallet.balance).toBe(sum(postedBy))
      expect(wallet.earned).toBe(sum(earnedBy))
      expect(wallet.spent).toBe(0 - of('spent'))
      expect(wallet.expired).toBe(0 - of('expired'))
      expect(wallet.adjusted).toBe(of('adjusted'))
      const { balance, earned, spent, expired, adjusted, pending } = wallet
      expect(balance).toBe(earned + adjusted - spent - expired - pending)
      const earnings = own.filter((outcome) => earnedBy(outcome) !== 0)
      const standing = standings.find(({ board }) => board === `${name}-all`)
      expect(standing?.total ?? 0).toBe(earned)
      agree(
        standing && { at: standing.at, identity: standing.identity },
        earnings.length === 0 ? undefined : { at: earnings.at(-1)!.at, identity: earnings.at(-1)!.identity },
      )
    }
  })

  law('holds in lots what can expire, and nothing else', programs, histories, (choice, events) => {
    const { state } = foldAll(NEW_GAME, events, programOf(choice))
    const sum = (lots: readonly Lot[] = []) => lots.reduce((all, [, amount]) => all + amount, 0)
    for (const [name, wallet] of Object.entries(state.wallets)) {
      expect(sum(wallet.lots)).toBe(name === 'points' ? 0 : Math.max(0, wallet.balance))
      expect(sum(wallet.maturing)).toBe(wallet.pending)
      for (const lots of [wallet.lots ?? [], wallet.maturing ?? []]) {
        expect(lots.every(([at, amount], i) => amount > 0 && at > (lots[i - 1]?.[0] ?? -Infinity))).toBe(true)
        expect(lots.every(([at]) => at > state.position!.at)).toBe(true)
      }
    }
  })

  law('sums up values in each period of a board by value', soundPrograms, histories, (choice, events) => {
    const program = programOf(choice)
    const totals: Record<string, readonly [total: number, last: string]> = {}
    for (const { type, value, at, identity } of inOrder(events)) {
      const inForce = at >= Date.parse('2026-03-25T00:00') - program.zone.offset(at)
      const isOpen = at < Date.parse('2026-04-01T00:00') - program.zone.offset(at)
      const boards = [
        ...(type === 'fee' ? ['fee-sums-all'] : []),
        ...(type === 'fee' && value! > -1_500_000 ? ['fee-sums'] : []),
        ...(type === 'recharge' && inForce && isOpen ? ['recharge-sums'] : []),
      ]
      for (const id of boards.filter((each) => choice.rules.includes(each) && (value ?? 0) !== 0)) {
        const { period } = program.boards.find((each) => each.id === id)!
        const key = `${id} ${periodName(period, periodNumber(period, at, program.zone))}`
        totals[key] = [(totals[key]?.[0] ?? 0) + value!, identity]
      }
    }
    const found = foldAll(NEW_GAME, events, program).standings.filter(({ board }) => board.includes('-sums'))
    const sums = found.map(({ board, period, total, identity }) => [`${board} ${period}`, [total, identity]])
    agree(Object.fromEntries(sums), totals)
  })

  law('enters for a challenge by the first events that match', soundPrograms, histories, (choice, events) => {
    const entries = foldAll(NEW_GAME, events, programOf(choice)).outcomes.filter(
      ({ kind }) => kind === 'entry',
    )
    const program = programOf(choice)
    const local = (day: string) => Date.parse(`${day}T00:00Z`)
    const expected = inOrder(events).flatMap(
      ({ type, value, at, identity }): [rule: string, identity: string][] => {
        const time = at + program.zone.offset(at)
        if (time >= local('2026-04-05')) return []
        if (type === 'fee' && value! >= 200_000) return [['first-fees', identity]]
        return type === 'recharge' && time >= local('2026-03-25') ? [['first-recharges', identity]] : []
      },
    )
    for (const [id, most] of [
      ['first-fees', 1],
      ['first-recharges', 2],
    ] as const) {
      const own = expected.filter(([rule]) => rule === id).map(([, identity]) => identity)
      agree(
        entries.filter(({ rule }) => rule === id).map(({ identity }) => identity),
        choice.rules.includes(id) ? own.slice(0, most) : [],
      )
    }
  })

  law('sums up what was earned in each period of a board', programs, histories, (choice, events) => {
    const program = programOf(choice)
    const { outcomes, standings } = foldAll(NEW_GAME, events, program)
    for (const { board, period, total: height } of standings) {
      const { wallet, segment, period: kind } = program.boards.find(({ id }) => id === board)!
      if (wallet === null || segment !== null) continue
      const within = outcomes.filter(
        (outcome) =>
          outcome.wallet === wallet &&
          earnedBy(outcome) !== 0 &&
          periodName(kind, periodNumber(kind, outcome.at, program.zone)) === period,
      )
      expect(height).toBe(total(within))
    }
  })

  law(
    'names with every outcome the event or the midnight that caused it',
    programs,
    histories,
    (choice, events) => {
      const program = programOf(choice)
      for (const outcome of foldAll(NEW_GAME, events, program).outcomes) {
        const cause = events.find(({ identity }) => identity === outcome.identity)
        if (cause) expect(outcome.at).toBe(cause.at)
        else
          agree([outcome.identity, outcome.at], [NO_EVENT, program.zone.start(program.zone.day(outcome.at))])
        expect(earnedBy(outcome)).toBeGreaterThanOrEqual(0)
      }
    },
  )
})

describe('eligibility', () => {
  /** These look at what ineligible events tell, too. */
  const TELLING = ['for-the-app', 'for-fees', 'for-bonus', 'bonus-told']

  law('leaves rules what they make of eligible events alone', programs, histories, (choice, events) => {
    const rules = choice.rules.filter(
      (id) => ![...WATCHING, ...TELLING, ...DEPENDENT, ...FRAGILE].includes(id),
    )
    const [with_, without] = [[...rules, 'not-of-ussd'], rules].map((ids) => ({
      ...programOf({ ...choice, rules: ids }),
      tracked: [],
    }))
    let channel = 'none'
    const eligible = inOrder(events).filter(({ type, payload }) => {
      if (isWalletEvent(type)) return true
      const told = (JSON.parse(payload) as { metadata?: { channel?: string } | null }).metadata?.channel
      if (type === 'recharge' || type === 'app_login') channel = told ?? channel
      return channel !== 'ussd'
    })
    const last = Math.max(0, ...events.map(({ at }) => at))
    const [all, some] = [foldAll(NEW_GAME, events, with_!, last), foldAll(NEW_GAME, eligible, without!, last)]
    agree(sortedAwards(all.outcomes), sortedAwards(some.outcomes))
    agree(sortedStandings(all.standings), sortedStandings(some.standings))
    agree(all.state.wallets, some.state.wallets)
  })
})

describe('an attribute', () => {
  law('is what the latest event tells', programs, histories, cuts, (choice, events, at) => {
    const program = programOf(choice)
    const { state } = foldInBatches(batched(inOrder(events), at), program)
    const latest = (tells: (event: Event) => unknown) =>
      inOrder(events)
        .map(tells)
        .filter((told) => told !== undefined)
        .at(-1)
    agree(
      state.rules['last-fee'],
      latest(({ type, value }) => (type === 'fee' ? value! / 10_000 : undefined)),
    )
    agree(
      state.rules['channel-told'],
      latest(({ type, payload }) => {
        if (type !== 'recharge' && type !== 'app_login') return undefined
        return (JSON.parse(payload) as { metadata?: { channel?: string } | null }).metadata?.channel
      }),
    )
  })
})

describe('time', () => {
  const times = fc.tuple(moments, moments).map((both) => both.toSorted((a, b) => a - b))

  law('is reached step by step as at once', programs, histories, times, (choice, events, [soon, late]) => {
    const program = programOf(choice)
    const { state } = foldAll(NEW_GAME, events, program)
    const once = advance(state, late!, program)
    const first = advance(state, soon!, program)
    const second = advance(first.state, late!, program)
    agree(second.state, once.state)
    agree(sortedAwards([...first.outcomes, ...second.outcomes]), sortedAwards(once.outcomes))
    agree(advance(once.state, late!, program), { ...NO_STEP, state: once.state })
  })

  law(
    'passes between two events as it does by itself',
    programs,
    histories,
    moments,
    (choice, events, time) => {
      const program = programOf(choice)
      const ordered = inOrder(events)
      const before = foldAll(
        NEW_GAME,
        ordered.filter(({ at }) => at < time),
        program,
        time,
      )
      const after = foldAll(
        before.state,
        ordered.filter(({ at }) => at >= time),
        program,
      )
      const whole = foldAll(NEW_GAME, events, program, time)
      agree(after.state, whole.state)
      expect(before.state.due === null || before.state.due > time).toBe(true)
    },
  )

  law('changes nothing before it is due', programs, histories, (choice, events) => {
    const program = programOf(choice)
    const { state } = foldAll(NEW_GAME, events, program)
    if (state.due === null || state.position === null) return
    expect(state.due).toBeGreaterThan(state.position.at)
    const before = advance(state, state.due - 1, program)
    agree({ ...before.state, position: null }, { ...state, position: null })
    const then = advance(state, state.due, program)
    // A score may cross into a band that no badge is for.
    const isChanged = JSON.stringify(then.state.rules) !== JSON.stringify(state.rules)
    // A rule that has ended stays due, and does nothing.
    const hasEnded = program.timed.some(({ until, watches }) => !watches && until < state.due!)
    expect(then.outcomes.length > 0 || isChanged || hasEnded).toBe(true)
    expect(then.state.due === null || then.state.due > state.due).toBe(true)
  })
})

const NO_STEP = { outcomes: [], losses: [], standings: [], checkpoints: [] }

/** What follows a score sees events that fail, too. */
const WATCHING = [
  ...['fresh', 'gone', 'quiet', 'light'],
  ...['busier', 'cheaper', 'old', 'settled', 'overdue', 'leaving', 'worthy', 'bound'],
]

/** What goes by what other rules have earned. */
const LOOKING = ['by-points', 'by-coins-of-the-week', 'by-miles-of-two-days', 'by-coins-from-some-day']

describe('a rule', () => {
  law('gives the same whatever other rules there are', soundPrograms, histories, (choice, events) => {
    const all = foldAll(NEW_GAME, events, programOf(choice)).outcomes
    for (const id of choice.rules.filter((each) => !LOOKING.includes(each))) {
      const alone = foldAll(NEW_GAME, events, programOf({ ...choice, rules: [id] })).outcomes
      const own = ({ rule }: Outcome) => rule === id
      agree(all.filter(own), alone.filter(own))
    }
  })

  law(
    'that fails leaves a trace of the event in scores and attributes only',
    programs,
    histories,
    (choice, events) => {
      const rules = choice.rules.filter((id) => !WATCHING.includes(id))
      const program = { ...programOf({ ...choice, rules }), tracked: [], attributesByType: new Map() }
      const { state, outcomes } = foldAll(NEW_GAME, events, program)
      const failed = new Set(outcomes.flatMap(({ kind, identity }) => (kind === 'failed' ? [identity] : [])))
      const rest = events.filter(({ identity }) => !failed.has(identity))
      const last = state.position?.at
      const without = foldAll(NEW_GAME, rest, program, last)
      agree(
        outcomes.filter(({ kind }) => kind !== 'failed'),
        without.outcomes,
      )
      agree({ ...state, position: null, events: 0 }, { ...without.state, position: null, events: 0 })
    },
  )
})

/** What rules give, worked out from the whole history at once instead of event by event. */
describe('worked out by brute force', () => {
  const weekOf = ({ at }: { readonly at: number }, { zone }: Program) =>
    periodName('week', periodNumber('week', at, zone))

  const outcomesOf = (id: string, events: readonly Event[], program: Program) =>
    foldAll(NEW_GAME, events, program).outcomes.filter(({ rule }) => rule === id)

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
      const outcomes = outcomesOf('whole', events, program)
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
    const levels = outcomesOf('streak', events, program).map(({ level }) => level)
    agree(
      levels,
      [1, 2, 4].flatMap((length, i) => (length <= longest ? [i + 1] : [])),
    )
  })

  law(
    'a mission is completed in the periods whose sum reaches its target',
    programs,
    histories,
    (choice, events) => {
      const program = programOf({ ...choice, rules: ['weekly-data'] })
      const reached = [...sums(events, 'data_usage', program)].filter(([, sum]) => sum >= 3_000_000)
      const outcomes = outcomesOf('weekly-data', events, program).filter(({ kind }) => kind === 'mission')
      agree(outcomes.map(({ occurrence }) => occurrence).sort(), reached.map(([week]) => week).sort())
    },
  )
})
