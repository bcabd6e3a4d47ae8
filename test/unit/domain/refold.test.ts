import { describe, expect, test } from 'vitest'
import { standingsAt } from '#domain/board.ts'
import { type Event, SPEND } from '#domain/event.ts'
import { foldAll, type GameState, heldOutcomes, NEW_GAME } from '#domain/fold.ts'
import { NO_EVENT, type Position } from '#domain/position.ts'
import { earliestChange, elapse, extend, heldKeys, refold, startBefore } from '#domain/refold.ts'
import { decided, event, identity, instant, programWith } from './telco.ts'

const PROGRAM = programWith(`wallets: [{ id: points, expiresAfterDays: 10 }]
points:
  - { id: each, on: recharge, amount: event.value, wallet: points, cap: { amount: 100, per: day } }
  - { id: fragile, on: app_login, amount: 10.0 / event.value, wallet: points }
badges:
  - { id: first, kind: first, on: recharge }
  - { id: levels, kind: sum, on: fee, levels: [100, 200], follow: true }
missions:
  - { id: two, on: recharge, objective: { count: events, target: 2 }, window: day, reward: { wallet: points, amount: 7 }, tellMissed: true }
leaderboards:
  - { id: day, wallet: points, period: day }`)

const recharge = (local: string, value: number) => event('recharge', local, value)
const fee = (local: string, value: number) => event('fee', local, value)

/** What is recorded of a customer with these events up to a time, for folding again from the beginning. */
function recorded(events: readonly Event[], until: string) {
  const { state, changed, standings } = extend(NEW_GAME, events, PROGRAM, instant(until))
  return { start: NEW_GAME, reached: state.position, awards: changed, standings, state }
}

type Changed = [occurrence: string, kind: string, amount: number, revision: number, live: boolean]

/** What folding again with other events than those recorded would write. */
function change(before: readonly Event[], now: readonly Event[], until: string) {
  const { changed, postings, standings, state } = refold(recorded(before, until), now, PROGRAM)
  return {
    changed: changed.map(({ rule, occurrence, kind, amount, revision, live }): Changed => {
      const by = now.concat(before).findIndex((each) => each.identity === occurrence)
      return [`${rule} ${by < 0 ? occurrence : 'event'}`, kind, amount / 10_000, revision, live]
    }),
    posted: postings.map(({ amount }) => amount / 10_000),
    standings: standings.map(({ period, total }) => [period, total / 10_000]),
    state,
  }
}

describe('extending', () => {
  const events = [recharge('2026-11-23 09:00', 60), event('app_login', '2026-11-23 10:00', 0)]

  test('adds everything as new, and keeps what failed apart', () => {
    const { changed, postings, failed, since, losses } = extend(NEW_GAME, events, PROGRAM)
    expect(changed.map(({ rule, revision, live }) => [rule, revision, live])).toEqual([
      ['each', 1, true],
      ['first', 1, true],
    ])
    expect(postings.map(({ wallet, amount, revision }) => [wallet, amount, revision])).toEqual([
      ['points', 600_000, 1],
    ])
    expect(failed).toMatchObject([{ kind: 'failed', rule: 'fragile', occurrence: events[1]!.identity }])
    expect([since, losses]).toEqual([null, []])
  })

  test('says where it began, and what was lost', () => {
    const { state } = extend(NEW_GAME, [fee('2026-11-23 09:00', 140)], PROGRAM)
    const later = extend(state, [fee('2026-11-23 10:00', -74)], PROGRAM)
    expect(later.since).toEqual(state.position)
    expect(later.losses).toMatchObject([{ rule: 'levels', occurrence: '1', receipt: { sum: 660_000 } }])
    expect(later.changed).toEqual([])
  })

  test('comes to a time where one is given', () => {
    const until = instant('2026-12-31 00:00')
    const { changed, state } = extend(NEW_GAME, events, PROGRAM, until)
    expect(state.position).toEqual({ at: until, identity: NO_EVENT })
    expect(changed.map(({ kind }) => kind)).toEqual(['points', 'badge', 'missed', 'expired'])
  })
})

describe('letting time pass', () => {
  const first = recharge('2026-11-23 09:00', 60)
  const { state } = extend(NEW_GAME, [first], PROGRAM)

  test('brings about all that is due, and stops there', () => {
    const change = elapse(state, instant('2026-12-20 00:00'), PROGRAM)!
    expect(change.changed.map(({ kind, occurrence }) => [kind, occurrence])).toEqual([
      ['missed', '2026-11-23'],
      ['expired', 'expired/2026-12-03'],
    ])
    expect(change.state.position).toEqual({ at: instant('2026-12-03 00:00'), identity: NO_EVENT })
    const later = fee('2026-12-10 09:00', 5)
    expect(earliestChange(change.state.position, [later], [])).toBeUndefined()
    expect(foldAll(change.state, [later], PROGRAM).state).toEqual(
      foldAll(NEW_GAME, [first, later], PROGRAM).state,
    )
  })

  test('is nothing before something is due', () => {
    expect(elapse(state, instant('2026-11-23 23:59'), PROGRAM)).toBeUndefined()
    expect(elapse(NEW_GAME, instant('2026-11-23 23:59'), PROGRAM)).toBeUndefined()
  })
})

describe('folding again', () => {
  const first = recharge('2026-11-23 09:00', 60)
  const second = recharge('2026-11-23 11:00', 60)
  const third = recharge('2026-11-24 09:00', 30)
  const spend = decided(SPEND, '2026-11-23 12:00', 90)

  test.each<[string, Event[], Event[], string, Changed[], number[], [string, number][]]>([
    ['nothing, where nothing differs', [first, second], [second, first], '2026-12-31 00:00', [], [], []],
    [
      'an award moves to an earlier event, and the cap is filled anew',
      [second],
      [first, second],
      '2026-11-23 12:00',
      [
        ['each event', 'points', 40, 2, true],
        ['first 1', 'badge', 0, 2, true],
        ['each event', 'points', 60, 1, true],
        ['two 2026-11-23', 'mission', 7, 1, true],
      ],
      [-20, 60, 7],
      [['2026-11-23', 107]],
    ],
    [
      'a mission that was missed is completed after all',
      [first],
      [first, second],
      '2026-11-24 00:00',
      [
        ['two 2026-11-23', 'mission', 7, 2, true],
        ['each event', 'points', 40, 1, true],
      ],
      [7, 40],
      [['2026-11-23', 107]],
    ],
    [
      'what never happened is taken back, and its total is zero',
      [third],
      [],
      '2026-11-24 12:00',
      [
        ['each event', 'points', 30, 2, false],
        ['first 1', 'badge', 0, 2, false],
      ],
      [-30],
      [['2026-11-24', 0]],
    ],
    [
      'less expires, where less is left',
      [first],
      [first, decided(SPEND, '2026-11-23 12:00', 20)],
      '2026-12-31 00:00',
      [
        ['points expired/2026-12-03', 'expired', -40, 2, true],
        ['points event', 'spent', -20, 1, true],
      ],
      [20, -20],
      [],
    ],
    [
      'what has expired never did, where all was spent',
      [first],
      [first, decided(SPEND, '2026-11-23 12:00', 60)],
      '2026-12-31 00:00',
      [
        ['points expired/2026-12-03', 'expired', -60, 2, false],
        ['points event', 'spent', -60, 1, true],
      ],
      [60, -60],
      [],
    ],
  ])('%s', (_, before, now, until, changed, posted, standings) => {
    expect(change(before, now, until)).toMatchObject({ changed, posted, standings })
  })

  test('a debt that a reversal leaves is repaid by later earnings, before they can expire', () => {
    const { state, posted } = change([first, second, spend, third], [first, spend, third], '2026-11-24 12:00')
    // 60 + 40 + 7 were earned, 90 spent; the second recharge and the mission never were.
    expect(posted).toEqual([-40, -7])
    expect(state.wallets.points).toMatchObject({ balance: 0, earned: 900_000, spent: 900_000 })
    expect(state.wallets.points).not.toHaveProperty('lots')
    const more = foldAll(state, [recharge('2026-11-25 09:00', 5)], PROGRAM).state
    expect(more.wallets.points).toMatchObject({ lots: [[instant('2026-12-05 00:00'), 50_000]] })
  })

  test('a wallet can owe, and its balance is what the ledger says', () => {
    const { state, posted } = change([first, second, spend], [second, spend], '2026-11-23 13:00')
    expect(posted).toEqual([-60, 20, -7])
    expect(state.wallets.points).toMatchObject({ balance: -300_000, earned: 600_000, spent: 900_000 })
  })

  test('the game comes to where it had come to, whatever is left of its events', () => {
    const until = instant('2026-12-31 00:00')
    expect(change([first], [], '2026-12-31 00:00').state).toEqual({
      ...NEW_GAME,
      position: { at: until, identity: NO_EVENT },
    })
  })

  test('an event that failed is among the failed, and among nothing else', () => {
    const login = event('app_login', '2026-11-23 10:00', 0)
    const { failed, changed } = refold(recorded([first], '2026-11-23 12:00'), [first, login], PROGRAM)
    expect(failed).toMatchObject([{ rule: 'fragile', occurrence: login.identity }])
    expect(changed).toEqual([])
  })
})

describe('folding again from a checkpoint', () => {
  const won = fee('2026-11-23 09:00', 140)
  const lost = fee('2026-11-23 10:00', -74)
  const again = fee('2026-11-23 11:00', 54)
  const start = JSON.parse(JSON.stringify(foldAll(NEW_GAME, [won], PROGRAM).state)) as GameState

  test('knows what the start holds', () => {
    expect([...heldKeys(start, PROGRAM)]).toEqual(['levels\n1'])
    expect(heldOutcomes(start, PROGRAM)).toMatchObject([
      { kind: 'badge', rule: 'levels', level: 1, at: won.at, identity: won.identity },
    ])
    expect([heldOutcomes(NEW_GAME, PROGRAM), standingsAt(NEW_GAME, PROGRAM)]).toEqual([[], []])
  })

  const level = (by: Event, revision: number, live = true) => ({
    ...heldOutcomes(start, PROGRAM)[0]!,
    receipt: { sum: by === again ? 1_200_000 : 1_400_000, target: 1_000_000 },
    at: by.at,
    identity: by.identity,
    revision,
    live,
  })

  test.each<[string, ReturnType<typeof level>, Event[], [Position | undefined, number, boolean][]]>([
    ['what is held and kept stays', level(won, 1), [], []],
    ['what is held and now lost is taken back', level(won, 1), [lost], [[won, 2, false]]],
    ['what was lost and now kept comes back', level(won, 2, false), [], [[won, 3, true]]],
    ['what was lost and won again stays', level(again, 3), [lost, again], []],
    ['what was won again was never lost', level(again, 3), [again], [[won, 4, true]]],
    ['what was lost and is now won again moves', level(won, 2, false), [lost, again], [[again, 3, true]]],
  ])('%s', (_, award, events, expected) => {
    const recording = { start, reached: again, awards: [award], standings: [] }
    const { changed, since } = refold(recording, events, PROGRAM)
    expect(
      changed.map(({ at, identity: by, revision, live }) => [{ at, identity: by }, revision, live]),
    ).toEqual(expected.map(([by, ...rest]) => [{ at: by?.at, identity: by?.identity }, ...rest]))
    expect(since).toEqual(start.position)
  })

  test('totals go back to those of the start', () => {
    const earlier = foldAll(NEW_GAME, [recharge('2026-11-23 09:00', 60)], PROGRAM)
    const late = extend(earlier.state, [recharge('2026-11-23 11:00', 30)], PROGRAM)
    const recording = {
      start: earlier.state,
      reached: late.state.position,
      awards: late.changed,
      standings: late.standings,
    }
    expect(refold(recording, [], PROGRAM).standings).toEqual(standingsAt(earlier.state, PROGRAM))
    expect(standingsAt(earlier.state, PROGRAM)).toMatchObject([
      { board: 'day', period: '2026-11-23', total: 600_000 },
    ])
  })
})

const place = (at: number, number = 0): Position => ({ at, identity: identity(number) })
const at = (position: Position | null): GameState => ({ ...NEW_GAME, position })

test.each<[string, Position[], Position | null, Position | null]>([
  ['none, where there are none', [], place(5), null],
  ['the last before', [place(1), place(3), place(7)], place(5), place(3)],
  ['in whatever order they come', [place(3), place(7), place(1)], place(5), place(3)],
  ['not the one that includes it', [place(1), place(5)], place(5), place(1)],
  ['one of the same instant, before', [place(5, 1), place(5, 2)], place(5, 2), place(5, 1)],
  ['none before the first', [place(5)], place(4), null],
  ['none from the beginning', [place(1)], null, null],
])('the checkpoint to start at is %s', (_, checkpoints, from, expected) => {
  expect(startBefore(checkpoints.map(at), from)).toEqual(expected === null ? NEW_GAME : at(expected))
})

test.each<[string, Position | null, Position[], Position[], Position | undefined]>([
  ['nowhere, of a new game', null, [place(1)], [], undefined],
  ['nowhere, where all comes after', place(5), [place(6), place(5, 1)], [], undefined],
  ['at the earliest that comes before', place(5), [place(4), place(3), place(6)], [], place(3)],
  ['at one of the same instant that comes before', place(5, 2), [place(5, 1)], [], place(5, 1)],
  ['at what is undone', place(5), [place(6)], [place(2)], place(2)],
  ['at the earlier of both', place(5), [place(1)], [place(2), place(4)], place(1)],
])('folding begins again %s', (_, reached, events, undone, from) => {
  expect(earliestChange(reached, events, undone)).toEqual(from)
})
