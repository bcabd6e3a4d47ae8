import { expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import type { MissionProgress } from '#domain/rules/mission.ts'
import { statusAt, withoutValues } from '#domain/rules/mission-status.ts'
import { event, instant, programWith } from '../telco.ts'

const TOWNS = programWith(`wallets: [points]
missions:
  - { id: towns, on: call, objective: { distinct: metadata.city, target: 3 }, window: week, repeat: always }
  - { id: towns-and-calls, objectives: [{ on: call, count: days, target: 3 }, { on: call, distinct: metadata.city, target: 4 }], window: once }
  - { id: calls, on: call, objective: { count: events, target: 3 }, window: once }
  - { id: unmet, on: fee, objective: { distinct: metadata.city, target: 3 }, window: once }`)

test('without values, missions are as far as they were, and name none of them', () => {
  const calls = ['Dhaka', 'Khulna', 'Dhaka'].map((city, i) => {
    return event('call', `2026-11-0${i + 2} 09:00`, 1, { city })
  })
  const { rules } = foldAll(NEW_GAME, calls, TOWNS).state
  expect(JSON.stringify(rules)).toContain('Khulna')
  const bared = withoutValues(rules, TOWNS)
  expect(JSON.stringify(bared)).not.toMatch(/Dhaka|Khulna/)
  expect(Object.keys(bared)).toEqual(Object.keys(rules))
  expect(bared.calls).toBe(rules.calls)
  const at = instant('2026-11-04 10:00')
  const statuses = (states: typeof rules) =>
    TOWNS.missions.map((mission) =>
      statusAt(mission, states[mission.id] as MissionProgress | undefined, 0, at, TOWNS.zone),
    )
  expect(statuses(bared)).toEqual(statuses(rules))
  expect(statuses(bared).map(({ objectives }) => objectives.map(({ progress }) => progress))).toEqual([
    [2],
    [3, 2],
    [3],
    [0],
  ])
})
