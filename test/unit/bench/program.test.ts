import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { programSchema } from '#domain/definition.ts'
import { parseProgram } from '#domain/program.ts'
import { loadProgram } from '#runtime/program.ts'
import { PROGRAMS } from '../../../bench/program.ts'

describe.each(['full', 'dense'] as const)('%s', (name) => {
  const written = parse(readFileSync(join(PROGRAMS[name], 'program.yaml'), 'utf8'))

  it('is a program', () => {
    const program = parseProgram('program.yaml', loadProgram(PROGRAMS[name]).text, '1')
    expect(program.hasTimers).toBe(true)
    expect(program.payloadTypes.has('recharge')).toBe(true)
  })

  it('has scores and badges of every kind', () => {
    const { shape } = programSchema
    for (const list of ['scores', 'badges'] as const) {
      const known = shape[list].unwrap().element.options.map((option) => option.shape.kind.value as string)
      const kinds = new Set(written[list].map(({ kind }: { kind: string }) => kind))
      expect([...kinds].sort()).toEqual(known.sort())
    }
  })
})

it('has every list in the full one, and all that the starter program has', () => {
  const { entries, wallets } = parseProgram('program.yaml', loadProgram(PROGRAMS.full).text, '1')
  const lists = Object.keys(programSchema.shape).filter(
    (name) => !['program', 'zone', 'wallets'].includes(name),
  )
  expect(new Set(entries.map(({ list }) => list))).toEqual(new Set(['wallets', ...lists]))
  const starter = parseProgram('program.yaml', loadProgram(PROGRAMS.starter).text, '1')
  const full = new Map(entries.map(({ id, text }) => [id, text]))
  for (const { list, id, text } of starter.entries) if (list !== 'wallets') expect(full.get(id)).toBe(text)
  expect(wallets).toEqual(expect.arrayContaining([...starter.wallets]))
})

it('has windows and tiers of every kind in the dense one', () => {
  const { missions, tiers } = parse(readFileSync(join(PROGRAMS.dense, 'program.yaml'), 'utf8'))
  const windows = missions.map(({ window }: { window: unknown }) =>
    typeof window === 'object' ? 'days' : window,
  )
  expect([...new Set(windows)].sort()).toEqual(['day', 'days', 'month', 'once', 'week'])
  const shapes = tiers.map((tier: object) => `${'wallet' in tier ? 'wallet' : 'score'} ${'per' in tier}`)
  expect(shapes.sort()).toEqual(['score false', 'score true', 'wallet false', 'wallet true'])
})
