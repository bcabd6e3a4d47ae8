import { mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkLibraries } from '#stack/binaries.ts'

let native: string

beforeEach(() => {
  native = join(mkdtempSync(join(tmpdir(), 'laurel-')), 'native')
  mkdirSync(join(native, 'lib'), { recursive: true })
  writeFileSync(join(native, 'lib', 'libpq.so.5.18'), 'library')
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }))
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))
})

afterEach(() => rmSync(join(native, '..'), { recursive: true }))

test('links that the install script did not make are made, relative to where they lie', () => {
  linkLibraries(native)
  for (const name of ['libpq.so', 'libpq.so.5']) {
    expect(readlinkSync(join(native, 'lib', name))).toBe('libpq.so.5.18')
    expect(realpathSync(join(native, 'lib', name))).toBe(realpathSync(join(native, 'lib', 'libpq.so.5.18')))
  }
})

test('links that are there stay, and those that are missing are added', () => {
  linkLibraries(native)
  rmSync(join(native, 'lib', 'libpq.so'))
  linkLibraries(native)
  expect(readlinkSync(join(native, 'lib', 'libpq.so'))).toBe('libpq.so.5.18')
})

test('a package without a list of links needs none', () => {
  rmSync(join(native, 'pg-symlinks.json'))
  expect(() => linkLibraries(native)).not.toThrow()
})
