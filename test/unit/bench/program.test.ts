import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { programSchema } from '#domain/definition.ts'
import { parseProgram } from '#domain/program.ts'
import { loadProgram } from '#runtime/program.ts'
import { PROGRAMS } from '../../../bench/program.ts'

const text = readFileSync(join(PROGRAMS.full, 'program.yaml'), 'utf8')

it('is a program', () => {
  const program = parseProgram('program.yaml', loadProgram(PROGRAMS.full).text, '1')
  expect(program.hasTimers).toBe(true)
  expect(program.readsPayload).toBe(true)
})

it('has rules of every kind', () => {
  const { scores, points, badges, missions, tiers, leaderboards, wallets } = parse(text)
  const of = (kind: string, list: readonly Readonly<Record<string, string>>[]) =>
    [...new Set(list.map((each) => each[kind]!))].sort()
  const { shape } = programSchema
  const kinds = (list: 'scores' | 'badges') =>
    shape[list].unwrap().element.options.map((option) => option.shape.kind.value as string)
  expect(of('kind', scores)).toEqual(kinds('scores').sort())
  expect(of('kind', badges)).toEqual(kinds('badges').sort())
  const windows = of('window', missions).map((each: unknown) => (typeof each === 'object' ? 'days' : each))
  expect([...new Set(windows)].sort()).toEqual(['day', 'days', 'month', 'once', 'week'])
  const shapes = tiers.map((tier: object) => `${'wallet' in tier ? 'wallet' : 'score'} ${'per' in tier}`)
  expect(shapes.sort()).toEqual(['score false', 'score true', 'wallet false', 'wallet true'])
  expect(points.length + badges.length + missions.length).toBeGreaterThanOrEqual(25)
  expect(leaderboards.length).toBeGreaterThan(1)
  expect(wallets.some((wallet: unknown) => typeof wallet === 'object')).toBe(true)
})
