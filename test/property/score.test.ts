import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { type Event, isWalletEvent } from '#domain/event.ts'
import { addEvents, NO_SCORES, prune, type ScoreState } from '#domain/score.ts'
import { evaluate, evaluateScores, outlook } from '#domain/score-measure.ts'
import { batched, cuts, histories, programOf, ZONES } from './history.ts'
import { law } from './law.ts'

const zones = fc.constantFrom(...ZONES)
const programIn = (zone: (typeof ZONES)[number]) => programOf({ zone, rules: [], who: 'a' })
const days = fc.integer({ min: -3, max: 30 }).map((day) => Date.UTC(2026, 2, 22) / 86_400_000 + day)

describe('score states', () => {
  law('do not depend on order or grouping', zones, histories, cuts, (name, events, at) => {
    const { scores, zone } = programIn(name)
    const all = addEvents(NO_SCORES, events, scores, zone)
    const grouped = batched(events.toReversed(), at).reduce<ScoreState>(
      (state, batch) => addEvents(JSON.parse(JSON.stringify(state)) as ScoreState, batch, scores, zone),
      NO_SCORES,
    )
    expect(grouped).toEqual(all)
  })

  law('add up with other states’ events', zones, histories, histories, (name, a, b) => {
    const { scores, zone } = programIn(name)
    const add = (state: ScoreState, events: typeof a) => addEvents(state, events, scores, zone)
    expect(add(add(NO_SCORES, a), b)).toEqual(add(add(NO_SCORES, b), a))
    expect(add(add(NO_SCORES, a), b)).toEqual(add(NO_SCORES, [...a, ...b]))
  })
})

describe('scores as of a day', () => {
  law('do not look at later ones', zones, histories, days, (name, events, today) => {
    const { scores, zone } = programIn(name)
    const until = events.filter(({ at }) => zone.day(at) <= today)
    expect(evaluateScores(addEvents(NO_SCORES, events, scores, zone), today, scores)).toEqual(
      evaluateScores(addEvents(NO_SCORES, until, scores, zone), today, scores),
    )
  })

  law('are what a count over all events gives', zones, histories, days, (name, events, today) => {
    const { scores, zone } = programIn(name)
    const on = (type: string, window: number) =>
      events.filter(
        (event) => event.type === type && zone.day(event.at) <= today && zone.day(event.at) > today - window,
      )
    const last = Math.max(...on('recharge', Number.POSITIVE_INFINITY).map(({ at }) => zone.day(at)))
    const count = on('recharge', 7).length
    const sum = on('data_usage', 5).reduce((all, { value }) => all + (value ?? 0), 0)
    const weight =
      on('fee', 20).reduce(
        (all, { at, value }) => all + (value ?? 0) * 2 ** ((zone.day(at) - today) / 1.5),
        0,
      ) / 10_000
    const activity = events
      .filter(({ type }) => !isWalletEvent(type))
      .map((event) => ({ ...event, day: zone.day(event.at) }))
      .filter(({ day }) => day <= today)
    const of = (type: string) => activity.filter((event) => event.type === type)
    const within = (some: typeof activity, window: number) => some.filter(({ day }) => day > today - window)
    const active = new Set(within(activity, 10).map(({ day }) => day))
    const [busy, usual] = [within(activity, 2).length / 2, within(activity, 6).length / 6]
    const feesOf = (window: number) =>
      within(of('fee'), window).reduce((all, { value }) => all + (value ?? 0), 0) / window
    const tenure = (some: typeof activity) =>
      some.length === 0 ? 0 : 1 + today - Math.min(...some.map(({ day }) => day))
    const silence = (some: typeof activity, window: number) => {
      const latest = Math.max(...some.map(({ day }) => day))
      const days = [...new Set(some.map(({ day }) => day))].filter((day) => day > latest - window).sort()
      const gaps = days.slice(1).map((day, i) => day - days[i]!)
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
      return gaps.length === 0 ? 0 : (today - latest) / mean
    }
    const values = Object.entries(evaluateScores(addEvents(NO_SCORES, events, scores, zone), today, scores))
    const value = Object.fromEntries(values.map(([id, score]) => [id, score.value])) as Record<string, number>
    const liking = 0.5 * value.recency! + 0.25 * value.frequency! - 0.1 * value.engagement!
    const worth =
      0.02 * value['fee-weight']! - 0.3 * value.age! + 0.7 * value.silence! + 0.4 * value.busyness!
    expect(Object.entries(value)).toEqual([
      ['recency', last === Number.NEGATIVE_INFINITY ? 0 : today - last <= 1 ? 3 : today - last <= 5 ? 2 : 1],
      ['frequency', count >= 3 ? 2 : count >= 1 ? 1 : 0],
      ['monetary', sum > 5_000_000 ? 2 : sum > 0 ? 1 : 0],
      ['engagement', active.size],
      ['fee-weight', expect.closeTo(weight, 6)],
      ['busyness', expect.closeTo(usual === 0 ? 0 : busy / usual, 9)],
      ['fee-trend', feesOf(9) <= 0 ? 0 : closeTo(feesOf(3) / feesOf(9))],
      ['age', tenure(activity)],
      ['recharging-since', tenure(of('recharge'))],
      ['silence', expect.closeTo(silence(activity, 10), 9)],
      ['login-silence', expect.closeTo(silence(of('app_login'), 14), 9)],
      ['liking', rounded(liking)],
      ['worth', rounded(worth)],
      ['bond', rounded(liking + 0.1 * value.age! - 0.1 * value.silence!)],
    ])
  })
})

/** A quotient of large sums is off by a part of itself. */
function closeTo(value: number) {
  return expect.toSatisfy((other: number) => Math.abs(other - value) <= Math.abs(value) * 1e-9)
}

/** To four decimals, either way where it lies between two of them. */
function rounded(value: number) {
  return expect.toSatisfy((other: number) => {
    const isRound = Math.abs(other * 10_000 - Math.round(other * 10_000)) < 1e-6
    return isRound && Math.abs(other - value) < 0.000_050_001
  })
}

/** What events up to the end of a day come to. */
function stateUntil(name: Parameters<typeof programIn>[0], events: readonly Event[], today: number) {
  const { scores, zone } = programIn(name)
  const until = events.filter(({ at }) => zone.day(at) <= today)
  return { scores, state: addEvents(NO_SCORES, until, scores, zone) }
}

describe('time', () => {
  law('takes a score to another band on the day it says', zones, histories, days, (name, events, today) => {
    const { scores, state } = stateUntil(name, events, today)
    for (const rule of scores) {
      const band = (day: number) => evaluate(state, day, rule).band
      const next = outlook(state, today, rule).next
      const last = next ?? today + 40
      for (let day = today; day < last; day++) expect(band(day)).toBe(band(today))
      if (next !== null) expect(band(next)).not.toBe(band(today))
    }
  })

  law('makes buckets needless that pruning drops', zones, histories, days, (name, events, today) => {
    const { scores, state } = stateUntil(name, events, today)
    const pruned = prune(state, today, scores)
    for (let day = today; day < today + 30; day++) {
      expect(evaluateScores(pruned, day, scores)).toEqual(evaluateScores(state, day, scores))
    }
  })
})
