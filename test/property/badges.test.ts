import { describe, expect } from 'vitest'
import { periodName, periodNumber } from '#domain/calendar.ts'
import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { type Choice, histories, inOrder, programOf, programs } from './history.ts'
import { agree, law } from './law.ts'

/** What badges come to, worked out from the whole history at once instead of event by event. */

const DAY = 86_400_000

function badgesOf(id: string, choice: Choice, events: readonly Event[]) {
  return foldAll(NEW_GAME, events, programOf({ ...choice, rules: [id] })).outcomes.filter(
    ({ rule }) => rule === id,
  )
}

const keysOf = (id: string, choice: Choice, events: readonly Event[]) =>
  badgesOf(id, choice, events)
    .map(({ occurrence }) => occurrence)
    .sort()

const ofType = (events: readonly Event[], type: string) =>
  inOrder(events).filter((each) => each.type === type)

law('every other recharge gives a badge', programs, histories, (choice, events) => {
  const { length } = ofType(events, 'recharge')
  const expected = Array.from({ length: Math.floor(length / 2) }, (_, i) => String(2 * i + 2))
  agree(keysOf('every-other', choice, events), expected.sort())
})

law('a streak gives what unbroken stretches are cut into', programs, histories, (choice, events) => {
  const expected: string[] = []
  let run: Event[] = []
  for (const fee of ofType(events, 'fee')) {
    run = fee.value! < 100_000 ? [] : [...(run.length === 3 ? [] : run), fee]
    if (run.length >= 2) expected.push(`${run[0]!.identity}/${run.length - 1}`)
  }
  agree(keysOf('fee-run', choice, events), expected.sort())
})

describe('a streak within a time', () => {
  law('lies within it, and is whole', programs, histories, (choice, events) => {
    const fees = ofType(events, 'fee')
    for (const { level, receipt, at } of badgesOf('quick-fees', choice, events)) {
      const { startedAt, endedAt, matches } = receipt as Record<string, number>
      expect(endedAt).toBe(at)
      expect(at - startedAt!).toBeLessThanOrEqual(4.5 * DAY)
      expect(matches).toBe([2, 4][level - 1])
      const inside = fees.filter((each) => each.at > startedAt! && each.at < at)
      expect(inside.length).toBeLessThanOrEqual(matches! - 2)
      expect(inside.every(({ value }) => value! >= -500_000)).toBe(true)
    }
  })

  law('is given where two matches lie so near', programs, histories, (choice, events) => {
    const logins = ofType(events, 'app_login')
    const isNear = logins.some(({ at }, i) => i > 0 && at - logins[i - 1]!.at <= 90 * (DAY / 24))
    expect(badgesOf('quick-logins', choice, events).length > 0).toBe(isNear)
  })
})

/** What the fees of each period come to in the end. */
function sumsOf(kind: Parameters<typeof periodNumber>[0], choice: Choice, events: readonly Event[]) {
  const { zone } = programOf(choice)
  const sums = new Map<number, number>()
  for (const { at, value } of ofType(events, 'fee')) {
    const period = periodNumber(kind, at, zone)
    sums.set(period, (sums.get(period) ?? 0) + value!)
  }
  return [...sums].filter(([, sum]) => sum >= 200_000).map(([period]) => period)
}

law('a count gives what each period holds', programs, histories, (choice, events) => {
  const kind = { days: 3, start: Date.parse('2026-03-28') / DAY }
  const { zone } = programOf(choice)
  const names = ofType(events, 'recharge').map(({ at }) => periodName(kind, periodNumber(kind, at, zone)))
  const expected = [...new Set(names)].flatMap((name) => {
    const { length } = names.filter((each) => each === name)
    return [1, 2].filter((level) => level <= length).map((level) => `${name}/${level}`)
  })
  agree(keysOf('recharges-of-three-days', choice, events), expected.sort())
})

law('consecutive periods give what they come to in the end', programs, histories, (choice, events) => {
  const kind = { days: 2, start: 0 }
  const expected: string[] = []
  let run = { start: 0, last: 0, length: 0, frozen: 0 }
  for (const period of sumsOf(kind, choice, events)) {
    const frozen = run.frozen + period - run.last - 1
    const goesOn = run.length % 3 > 0 && frozen <= 1
    run = goesOn
      ? { ...run, last: period, length: run.length + 1, frozen }
      : { start: period, last: period, length: 1, frozen: 0 }
    expected.push(`${periodName(kind, run.start)}/${run.length}`)
  }
  agree(keysOf('fee-days', choice, events), expected.sort())
})

law('some of the latest periods give what they come to in the end', programs, histories, (choice, events) => {
  const expected: string[] = []
  let [start, reached, window]: [number, number, number[]] = [0, 0, []]
  for (const day of sumsOf('day', choice, events)) {
    window = reached === 3 ? [] : window.filter((each) => each > day - 5)
    if (window.length === 0) [start, reached] = [day, 0]
    window.push(day)
    if (window.length <= reached) continue
    reached++
    expected.push(`${periodName('day', start)}/${reached}`)
  }
  agree(keysOf('fee-days-of-five', choice, events), expected.sort())
})
