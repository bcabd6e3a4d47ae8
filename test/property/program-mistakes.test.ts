import fc from 'fast-check'
import { test } from 'vitest'
import { MistakenFile } from '#domain/document.ts'
import { parseProgram } from '#domain/program.ts'
import { SHOP } from '../unit/domain/shop.ts'

const LINES = SHOP.split('\n')
const edit = fc.record({
  line: fc.nat(LINES.length - 1),
  column: fc.nat(60),
  how: fc.constantFrom('leave out', 'twice', 'cut', 'insert', 'indent', 'join'),
  text: fc.constantFrom(
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ':',
    ': ',
    '- ',
    '#',
    '\t',
    '&',
    '*',
    '!',
    '=',
    ',',
    '|',
    '>',
    '0',
    'x',
    '\\',
  ),
})

function edited(
  lines: readonly string[],
  { line, column, how, text }: typeof edit extends fc.Arbitrary<infer T> ? T : never,
) {
  const all = [...lines]
  const at = line % all.length
  const own = all[at]!
  if (how === 'leave out') all.splice(at, 1)
  else if (how === 'twice') all.splice(at, 0, own)
  else if (how === 'cut') all[at] = own.slice(0, column)
  else if (how === 'insert') all[at] = own.slice(0, column) + text + own.slice(column)
  else if (how === 'indent') all[at] = ` ${own}`
  else all.splice(at, 2, own + (all[at + 1] ?? ''))
  return all.length > 0 ? all : ['']
}

test('whatever is written, a program is read or its mistakes are told within the file', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const text = edits.reduce<readonly string[]>(edited, LINES).join('\n')
      try {
        parseProgram('program.yaml', text, 'v')
      } catch (error) {
        if (!(error instanceof MistakenFile)) throw error
        const last = text.split('\n').length
        if (error.mistakes.length === 0) throw new Error('refused without a mistake')
        for (const { line, column, message } of error.mistakes) {
          if (line < 1 || line > last || column < 1) throw new Error(`${line}:${column} is not in the file`)
          if (message === '' || message.includes('\n')) throw new Error(`not one line: ${message}`)
        }
      }
    }),
    { numRuns: 1_000 },
  )
}, 120_000)
