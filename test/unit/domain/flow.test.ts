import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { flow, found } from '#domain/flow.ts'

test.each([
  'plain',
  'event.value >= 10.0',
  '10',
  'true',
  'null',
  '',
  ' a',
  "it's",
  '"a"',
  '# x',
  'a: b',
  'a #b',
  '*a',
  '!x',
  '-1.5',
  '- a',
  5,
  0.5,
  true,
  [1, 'a', [2]],
  { a: 1, b: { c: ['x: y'] } },
  {},
  [],
])('%j is written so that YAML reads the same', (value) => {
  expect(parse(`[${flow(value)}]`)).toEqual([value])
})

test('what was found is shortened', () => {
  expect(found('x'.repeat(80))).toBe(`${'x'.repeat(57)}…`)
  expect(found(Array.from({ length: 50 }, (_, i) => i))).toBe('a list of 50')
  expect(found({ text: 'x'.repeat(80) })).toBe('settings')
  expect([found(null), found(undefined), found(''), found([])]).toEqual([
    'nothing',
    'nothing',
    'an empty text',
    'an empty list',
  ])
})
