import { describe, expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import type { Outcome } from '#domain/outcome.ts'
import { compared, play } from '../../property/book.ts'
import { ending } from './ending.ts'
import { event, programWith } from './telco.ts'

/** Amounts in points. */
const amounts = (outcomes: readonly Pick<Outcome, 'amount'>[]) =>
  outcomes.map(({ amount }) => amount / 10_000)
const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0)

describe('a cap of 75 a day', () => {
  const CAPPED = programWith(`wallets: [points]
points: [{ id: p, on: play, amount: event.value, wallet: points, cap: { amount: 75, per: day } }]
leaderboards: [{ id: daily, wallet: points, period: day }]`)

  test.each<[string, [string, number][], [string, number][], number]>([
    [
      'U1',
      [
        ['04 09:00', 55],
        ['04 10:00', 56],
        ['07 09:00', 61],
        ['08 09:00', 83],
      ],
      [
        ['04', 75],
        ['07', 61],
        ['08', 75],
      ],
      211,
    ],
    [
      'U2',
      [
        ['05 09:00', 98],
        ['06 09:00', 87],
        ['06 10:00', 59],
        ['09 09:00', 78],
      ],
      [
        ['05', 75],
        ['06', 75],
        ['09', 75],
      ],
      225,
    ],
  ])('%s', (_, plays, days, total) => {
    const events = plays.map(([time, value]) => event('play', `2026-11-${time}`, value))
    const { outcomes, standings } = ending(CAPPED, events)
    expect(standings.map(({ period, total: points }) => [period.slice(-2), points / 10_000])).toEqual(days)
    expect(sum(amounts(outcomes))).toBe(total)
  })
})

describe('levels at 100, 200 and 300', () => {
  const events = [87, 53, -74, 11, 84, 92].map((value, i) => event('play', `2026-11-23 0${i}:00`, value))

  test.each<[string, string, [sum: number, levels: number[]][]]>([
    [
      'following the sum',
      'follow: true',
      [
        [87, []],
        [140, [1]],
        [66, []],
        [77, []],
        [161, [1]],
        [253, [1, 2]],
      ],
    ],
    [
      'counting only what is positive',
      'only: positive',
      [
        [87, []],
        [140, [1]],
        [140, [1]],
        [151, [1]],
        [235, [1, 2]],
        [327, [1, 2, 3]],
      ],
    ],
    [
      'neither',
      'per: all',
      [
        [87, []],
        [140, [1]],
        [66, [1]],
        [77, [1]],
        [161, [1]],
        [253, [1, 2]],
      ],
    ],
  ])('%s', (_, setting, steps) => {
    const program = programWith(`wallets: [points]
badges: [{ id: b, kind: sum, on: play, levels: [100, 200, 300], ${setting} }]`)
    const told = steps.map((_step, i) => {
      const { state, outcomes } = ending(program, events.slice(0, i + 1))
      return [(state.rules.b as { sum: number }).sum / 10_000, outcomes.map(({ level }) => level)]
    })
    expect(told).toEqual(steps)
  })

  test('are reached by the event that brings the sum to them', () => {
    const reached = (setting: string) =>
      ending(
        programWith(
          `wallets: [points]\nbadges: [{ id: b, kind: sum, on: play, levels: [100, 200, 300], ${setting} }]`,
        ),
        events,
      ).outcomes.map(({ level, identity, receipt }) => [
        level,
        events.findIndex((each) => each.identity === identity),
        Number(receipt.sum) / 10_000,
      ])
    expect(reached('follow: true')).toEqual([
      [1, 4, 161],
      [2, 5, 253],
    ])
    expect(reached('only: positive')).toEqual([
      [1, 1, 140],
      [2, 4, 235],
      [3, 5, 327],
    ])
  })
})

describe('the value less 50, from 50 on', () => {
  const OVER = programWith(`wallets: [points]
points: [{ id: p, on: play, when: event.value >= 50.0, amount: event.value - 50.0, wallet: points }]
leaderboards:
  - { id: week, wallet: points, period: week }
  - { id: all, wallet: points, period: all }`)

  test.each<[string, [string, number][], number, number, number]>([
    [
      'U1',
      [
        ['2020-03-24', 15],
        ['2020-04-03', 74],
        ['2020-03-25', 61],
      ],
      35,
      35,
      24,
    ],
    [
      'U2',
      [
        ['2020-04-02', 83],
        ['2019-12-26', 98],
      ],
      81,
      33,
      33,
    ],
  ])('%s', (_, plays, all, year, week) => {
    const events = plays.map(([date, value]) => event('play', `${date} 12:00`, value))
    const { outcomes, standings } = ending(OVER, events)
    const total = (board: string, period: string) =>
      (standings.find((each) => each.board === board && each.period === period)?.total ?? 0) / 10_000
    const ofYear = outcomes.filter(({ at }) => new Date(at).getUTCFullYear() === 2020)
    expect([total('all', 'all'), sum(amounts(ofYear)), total('week', '2020-W14')]).toEqual([all, year, week])
  })
})

test('a reversal is as if its event had never been, in whatever order both come', () => {
  const program = programWith(`wallets: [{ id: points, expiresAfterDays: 30 }]
points: [{ id: p, on: play, amount: event.value, wallet: points, cap: { amount: 100, per: day } }]
badges: [{ id: b, kind: sum, on: play, levels: [100], follow: true }]
leaderboards: [{ id: daily, wallet: points, period: day }]`)
  const [first, second, third] = [60, 70, 80].map((value, i) => event('play', `2026-11-23 0${i}:00`, value))
  const reversal = { ...event('play', '2026-11-23 09:00', 60), reverses: first!.identity }
  const arrivals = [first!, second!, third!, reversal]
  const until = Date.parse('2027-01-01T00:00Z')
  const expected = foldAll(NEW_GAME, [second!, third!], program, until)
  for (const order of permutations(arrivals)) {
    const book = play(
      order.map((each) => [each]),
      { ...program, checkpointEvery: 2 },
    )
    book.advance(until)
    const { live, whole } = compared(book)
    expect(live).toEqual(whole)
    expect(live.state).toEqual(expected.state)
    expect(amounts(live.awards.filter(({ kind }) => kind === 'points'))).toEqual([70, 30])
  }
})

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length < 2) return [[...all]]
  return all.flatMap((each, i) => permutations(all.toSpliced(i, 1)).map((rest) => [each, ...rest]))
}
