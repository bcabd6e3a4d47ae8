import { expect } from 'vitest'
import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { type Choice, histories, inOrder, programOf, programs } from './history.ts'
import { agree, law } from './law.ts'

/** What missions come to, worked out from the whole history at once instead of event by event. */

function completionsOf(id: string, choice: Choice, events: readonly Event[]) {
  return foldAll(NEW_GAME, events, programOf({ ...choice, rules: [id] })).outcomes.filter(
    ({ rule, kind }) => rule === id && kind === 'mission',
  )
}

const ofType = (events: readonly Event[], ...types: string[]) =>
  inOrder(events).filter(({ type }) => types.includes(type))

law('a streak is completed by every third match of a stretch', programs, histories, (choice, events) => {
  let [length, expected] = [0, 0]
  for (const { value } of ofType(events, 'fee')) {
    length = value! > 0 ? length + 1 : 0
    if (length > 0 && length % 3 === 0) expected++
  }
  const found = completionsOf('positive-run', choice, events)
  agree(
    found.map(({ occurrence }) => occurrence).toSorted(),
    Array.from({ length: expected }, (_, i) => `once/${i + 1}`).toSorted(),
  )
})

law('windows from the first match on follow each other', programs, histories, (choice, events) => {
  const { zone } = programOf(choice)
  let [start, expected] = [Number.NEGATIVE_INFINITY, undefined as Event | undefined]
  for (const recharge of ofType(events, 'recharge')) {
    const day = zone.day(recharge.at)
    if (day >= start + 5) start = day
    else if (day > start) expected ??= recharge
  }
  const found = completionsOf('first-days', choice, events)
  agree(
    found.map(({ identity, occurrence }) => [identity, occurrence]),
    expected ? [[expected.identity, 'once']] : [],
  )
})

law('windows from an event on hold what lies in them', programs, histories, (choice, events) => {
  const { zone } = programOf(choice)
  const expected: string[] = []
  let [start, logins] = [Number.NEGATIVE_INFINITY, 0]
  for (const { type, at, value, identity } of ofType(events, 'fee', 'app_login')) {
    const day = zone.day(at)
    if (day >= start + 2 && type === 'fee' && value! > 200_000) [start, logins] = [day, 0]
    if (day >= start + 2 || type === 'fee') continue
    if (++logins === 2) expected.push(identity)
  }
  const found = completionsOf('after-a-fee', choice, events)
  agree(found.map(({ identity }) => identity).toSorted(), expected.toSorted())
})

law('all objectives are reached where each of them is', programs, histories, (choice, events) => {
  for (const { receipt } of completionsOf('all-of-it', choice, events)) {
    for (const name of ['objective1', 'objective2', 'objective3']) {
      const [reached, target] = String(receipt[name]).split(' of ').map(Number)
      expect(reached).toBeGreaterThanOrEqual(target!)
    }
  }
  const found = completionsOf('any-of-it', choice, events)
  expect(found.length).toBeLessThanOrEqual(1)
})
