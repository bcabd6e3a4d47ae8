import { expect, test } from 'vitest'
import { firstRule } from '#domain/rules/first.ts'
import { event, SCENE } from '../telco.ts'

const rule = firstRule('big-spender', 'recharge', ({ value }) => (value ?? 0) >= 1_000_000)

test('the first event that meets the condition gives the badge, once for ever', () => {
  const values = [99.9999, undefined, 100, 100, 5]
  let state: 1 | undefined
  const levels = values.map((value) => {
    const evolution = rule.evolve(state, event('recharge', '2026-11-23 09:00', value), SCENE)
    state = evolution.state
    return evolution.grants.length
  })
  expect(levels).toEqual([0, 0, 1, 0, 0])
})

test('the grant is of level 1, and of no wallet', () => {
  expect(rule.evolve(undefined, event('recharge', '2026-11-23 09:00', 100), SCENE).grants).toEqual([
    {
      kind: 'badge',
      occurrence: '1',
      level: 1,
      wallet: null,
      amount: 0,
      availableAt: null,
      receipt: { value: 1_000_000 },
    },
  ])
})

test('once held, the condition is not asked again', () => {
  const fragile = firstRule('fragile', 'recharge', () => {
    throw new Error('asked')
  })
  expect(fragile.evolve(1, event('recharge', '2026-11-23 09:00'), SCENE).grants).toEqual([])
  expect(() => fragile.evolve(undefined, event('recharge', '2026-11-23 09:00'), SCENE)).toThrow('asked')
})

test('who has it holds level 1', () => {
  expect(rule.level!(1)).toBe(1)
})
