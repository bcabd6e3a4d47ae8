import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseProgram } from '#domain/program.ts'
import { awardsOf, essence, examplesOf } from '../support/program-page.ts'

const DIRECTORY = 'docs/program'
const examples = readdirSync(DIRECTORY)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => {
    const page = join(DIRECTORY, name)
    return examplesOf(readFileSync(page, 'utf8')).map((example, i) => ({ page, number: i + 1, example }))
  })

test.each(examples)('example $number of $page comes to the awards it shows', ({ page, example }) => {
  const awards = awardsOf(example)
  expect(essence(example.awards), `${page} should say\n\n\`\`\`awards\n${awards}\n\`\`\`\n`).toBe(
    essence(awards),
  )
})

test('the program that docs/program.md shows has no mistakes', () => {
  const [, text] = /^```yaml\n([\s\S]*?)^```/m.exec(readFileSync('docs/program.md', 'utf8'))!
  expect(parseProgram('docs/program.md', text!, 'shown').name).toBe('telco')
})

test('docs/program.md leads to every page about the program', () => {
  const text = readFileSync('docs/program.md', 'utf8')
  const pages = readdirSync(DIRECTORY).filter((name) => name.endsWith('.md'))
  expect(pages.filter((name) => !text.includes(`(program/${name}`))).toEqual([])
})

const PROGRAM = `# What it is for
program: example
zone: Asia/Dhaka
wallets: [points]
points:
  - { id: tenth, on: recharge, when: event.value >= 10.0, amount: event.value / 10.0, wallet: points }
  - { id: later, on: recharge, when: event.metadata.channel == "app", amount: '1.0', wallet: points, availableAfterDays: 2 }
badges:
  - { id: first-login, kind: first, on: app_login }`

const page = (...blocks: readonly [language: string, text: string][]) =>
  blocks.map(([language, text]) => `Words.\n\n\`\`\`${language}\n${text}\n\`\`\`\n`).join('\n')

const WHOLE = [['yaml', PROGRAM] as const, ['events', ''] as const, ['awards', ''] as const]

describe('the examples of a page', () => {
  test('are none where it has no block of one', () => {
    expect(examplesOf(page(['yaml', 'badges: []'], ['bash', 'ls']))).toEqual([])
  })

  test('stand among other blocks, each with its own three', () => {
    const other: [string, string] = ['yaml', '- { id: x }']
    const text = page(other, ['yaml', PROGRAM], other, ['events', 'a'], ['awards', 'b'], ['yaml', PROGRAM])
    expect(() => examplesOf(text)).toThrow('there are program, events, awards, program')
    const both = examplesOf(text + page(['events', 'c'], ['awards', 'd']))
    expect(both.map(({ events, awards }) => [events, awards])).toEqual([
      ['a\n', 'b\n'],
      ['c\n', 'd\n'],
    ])
  })

  test.each([0, 1, 2])('are refused where block %i is missing', (missing) => {
    const blocks = WHOLE.filter((_, i) => i !== missing).map(([language, text]): [string, string] => [
      language,
      text,
    ])
    expect(() => examplesOf(page(...blocks))).toThrow('expected blocks of program, events and awards')
  })
})

describe('the awards of an example', () => {
  const lines = (...all: readonly string[]) => awardsOf({ program: PROGRAM, events: all.join('\n') })

  test('name time, kind, rule, occurrence, and what is given', () => {
    const awards = lines(
      '2026-11-02 09:00  app_login',
      '2026-11-02 10:00:01.5  recharge  55.5  {"channel":"ussd"}',
      '2026-11-02 10:00:02  recharge  -5  {"channel":"app"}',
    )
    expect(awards.split('\n')).toEqual([
      '2026-11-02 09:00         badge   first-login  1          1',
      '2026-11-02 10:00:01.500  points  tenth        <event 2>  5.55 points',
      '2026-11-02 10:00:02      points  later        <event 3>  1 points     from 2026-11-04 00:00',
    ])
  })

  test('go as far as time does', () => {
    const recharge = '2026-11-02 10:00  recharge  5  {"channel":"app"}'
    expect(lines(recharge).split('\n')).toHaveLength(1)
    expect(lines(recharge, '2026-11-04 00:00  (time passes)').split('\n')[1]).toMatch(
      /^2026-11-04 00:00 {2}matured {2}points {2}matured\/2026-11-04 {2}1 points$/,
    )
  })

  test('tell what failed', () => {
    expect(lines('2026-11-02 10:00  recharge  5')).toMatch(/failed {2}later {2}<event 1> {2}No such key/)
  })

  test.each(['09:00 app_login', '2026-13-02 09:00  app_login', '2026-11-02 09:00  recharge ten'])(
    'cannot be found where a line says %s',
    (line) => {
      expect(() => lines(line)).toThrow(`got ${line}`)
    },
  )
})

test('two blocks differ by what they say, not by their layout', () => {
  const block = '2026-11-02 09:00  badge   x  1  1\n'
  expect(essence(`\n2026-11-02 09:00    badge  x  1    1  \n\n`)).toBe(essence(block))
  expect(essence(block.replace('badge', 'point'))).not.toBe(essence(block))
})
