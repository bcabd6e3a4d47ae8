import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linesOf } from '../../../../apps/cli/simulation/lines.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lines-test-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

async function read(text: string): Promise<string[]> {
  const file = join(directory, 'file')
  writeFileSync(file, text)
  const lines: string[] = []
  for await (const portion of linesOf(file)) lines.push(...portion.map(String))
  return lines
}

test.each([
  ['', []],
  ['a', ['a']],
  ['a\nb\n', ['a', 'b']],
  ['a\r\n\r\nb', ['a', '', 'b']],
  ['\n\n', ['', '']],
])('the lines of %j', async (text, lines) => {
  expect(await read(text)).toEqual(lines)
})

test('lines go on over portions of a file', async () => {
  const long = 'é'.repeat(1_200_000)
  expect(await read(`${long}\n${long}x\ny`)).toEqual([long, `${long}x`, 'y'])
})
