import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MistakenFile } from '#domain/document.ts'
import { parseProgram } from '#domain/program.ts'

// A new kind or setting shows in the messages that list them: run this file with -u, and read what it changed.
const DIRECTORY = join(import.meta.dirname, '../golden/program')
const FILES = readdirSync(DIRECTORY).filter((name) => name.endsWith('.yaml'))

function mistakesOf(text: string): string {
  try {
    parseProgram('program.yaml', text, 'wrong')
  } catch (error) {
    if (!(error instanceof MistakenFile)) throw error
    return `${error.message}\n`
  }
  throw new Error('expected mistakes, and there are none')
}

describe('what a wrong program is told', () => {
  test.each(FILES)('%s', async (name) => {
    const text = readFileSync(join(DIRECTORY, name), 'utf8')
    await expect(mistakesOf(text)).toMatchFileSnapshot(join(DIRECTORY, `${basename(name, '.yaml')}.txt`))
  })

  test('has a file for each text that is expected', () => {
    const texts = readdirSync(DIRECTORY).filter((name) => name.endsWith('.txt'))
    expect(texts.map((name) => basename(name, '.txt'))).toEqual(FILES.map((name) => basename(name, '.yaml')))
    expect(FILES.length).toBeGreaterThanOrEqual(60)
  })
})
