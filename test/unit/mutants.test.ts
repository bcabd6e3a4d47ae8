import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { assertPlantable, MUTANTS } from '../mutation/mutants.ts'

test('every fault can be planted in the code as it is', assertPlantable)

test('docs/testing.md names each of them, and no other', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/testing.md'), 'utf8')
  const table = page.slice(page.indexOf('| the fault |'))
  const rows = [...table.matchAll(/^\| (.+) \| `(.+)` \| (?:tables|laws) \|$/gm)]
  expect(rows.map(([, fault, file]) => ({ fault, file }))).toEqual(
    MUTANTS.map(({ fault, file }) => ({ fault, file })),
  )
})
