import { appRoutes, buildHistoryRoutes } from '@bull-board/api/dist/routes.js'
import type { MetricsHistoryProvider } from '@bull-board/api/typings/app'
import { describe, expect, test } from 'vitest'
import { DEEDS, isAtLeast, ROLES, type Role } from '../../../apps/ops/roles.ts'

const routes = [
  ...appRoutes.api,
  ...buildHistoryRoutes({} as MetricsHistoryProvider, { hasUsage: true, canPurge: true, hasLatency: true }),
].flatMap(({ method, route }) =>
  [method].flat().flatMap((each) => [route].flat().map((path) => `${each} ${path}`)),
)

test('every route of the installed Bull Board that changes something has its role, in its own order', () => {
  const known = DEEDS.map(({ method, route }) => `${method} ${route}`)
  expect(known).toEqual(routes.filter((route) => !route.startsWith('get ')))
  expect(known.length).toBeGreaterThan(20)
})

test('nothing is left to viewers, and each action has a name of its own', () => {
  expect(DEEDS.filter(({ role }) => role === 'viewer')).toEqual([])
  expect(new Set(DEEDS.map(({ action }) => action)).size).toBe(DEEDS.length)
})

test('operators repair events and look after single jobs, and no more', () => {
  expect(DEEDS.filter(({ role }) => role === 'operator').map(({ action }) => action)).toEqual([
    'retry all',
    'promote all',
    'retry',
    'remove',
    'promote',
    'edit',
    'change delay',
    'change priority',
  ])
})

describe('a role', () => {
  test.each<[Role, string]>([
    ['viewer', 'viewer'],
    ['operator', 'viewer operator'],
    ['admin', 'viewer operator admin'],
  ])('%s may do what asks for %s', (role, least) => {
    expect(ROLES.filter((each) => isAtLeast(role, each)).join(' ')).toBe(least)
  })
})
