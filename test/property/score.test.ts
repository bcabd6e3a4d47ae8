import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { addEvents, evaluateScores, NO_SCORES, type ScoreState } from '#domain/score.ts'
import { batched, cuts, histories, programOf, ZONES } from './history.ts'
import { law } from './law.ts'

const programs = fc.constantFrom(...ZONES).map((zone) => programOf({ zone, rules: [] }))
const days = fc.integer({ min: -3, max: 30 }).map((day) => Date.UTC(2026, 2, 22) / 86_400_000 + day)

describe('score states', () => {
  law('do not depend on order or grouping', programs, histories, cuts, ({ scores, zone }, events, at) => {
    const all = addEvents(NO_SCORES, events, scores, zone)
    const grouped = batched(events.toReversed(), at).reduce<ScoreState>(
      (state, batch) => addEvents(JSON.parse(JSON.stringify(state)) as ScoreState, batch, scores, zone),
      NO_SCORES,
    )
    expect(grouped).toEqual(all)
  })

  law('add up with other states’ events', programs, histories, histories, ({ scores, zone }, a, b) => {
    const add = (state: ScoreState, events: typeof a) => addEvents(state, events, scores, zone)
    expect(add(add(NO_SCORES, a), b)).toEqual(add(add(NO_SCORES, b), a))
    expect(add(add(NO_SCORES, a), b)).toEqual(add(NO_SCORES, [...a, ...b]))
  })
})

describe('scores as of a day', () => {
  law('do not look at later ones', programs, histories, days, ({ scores, zone }, events, today) => {
    const until = events.filter(({ at }) => zone.day(at) <= today)
    expect(evaluateScores(addEvents(NO_SCORES, events, scores, zone), today, scores)).toEqual(
      evaluateScores(addEvents(NO_SCORES, until, scores, zone), today, scores),
    )
  })

  law(
    'are what a count over all events gives',
    programs,
    histories,
    days,
    ({ scores, zone }, events, today) => {
      const on = (type: string, window: number) =>
        events.filter(
          (event) =>
            event.type === type && zone.day(event.at) <= today && zone.day(event.at) > today - window,
        )
      const last = Math.max(...on('recharge', Number.POSITIVE_INFINITY).map(({ at }) => zone.day(at)))
      const count = on('recharge', 7).length
      const sum = on('data_usage', 5).reduce((all, { value }) => all + (value ?? 0), 0)
      const active = new Set(
        events.map(({ at }) => zone.day(at)).filter((day) => day <= today && day > today - 10),
      )
      const values = Object.entries(evaluateScores(addEvents(NO_SCORES, events, scores, zone), today, scores))
      expect(values.map(([id, { value }]) => [id, value])).toEqual([
        [
          'recency',
          last === Number.NEGATIVE_INFINITY ? 0 : today - last <= 1 ? 3 : today - last <= 5 ? 2 : 1,
        ],
        ['frequency', count >= 3 ? 2 : count >= 1 ? 1 : 0],
        ['monetary', sum > 5_000_000 ? 2 : sum > 0 ? 1 : 0],
        ['engagement', active.size],
      ])
    },
  )
})
