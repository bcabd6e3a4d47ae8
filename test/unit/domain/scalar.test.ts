import { expect, test } from 'vitest'
import { parseDocument, Scalar } from 'yaml'
import { offsetWithin } from '#domain/scalar.ts'

test.each<[string, string]>([
  ['plain', 'a: event.value > X'],
  ['plain, over lines', 'a: event.value\n  > X\nb: 1'],
  ['single quotes', `a: 'event.type == ''a'' && X'`],
  ['double quotes', String.raw`a: "event.type == \"\x61\u0062\" &&\n \\ X"`],
  ['double quotes, over lines', 'a: "event.value >\\\n   X"'],
  ['a block', 'a: |\n  event.value\n    > X\nb: 1'],
  ['a block, deeper', 'a:\n  - b: |- # of it\n\n      event.value\n\n      > X\n'],
  ['a folded block', 'a: >\n  event.value\n  > X\n  || false\n'],
])('a character is found in %s', (_, text) => {
  const scalars: Scalar[] = []
  const document = parseDocument(text)
  const collect = (node: unknown): void => {
    if (node instanceof Scalar && String(node.value).includes('X')) scalars.push(node)
    const items = (node as { items?: { value?: unknown }[] } | null)?.items ?? []
    for (const item of items) collect('value' in item && !(item instanceof Scalar) ? item.value : item)
  }
  collect(document.contents)
  const [{ range, type, value }] = scalars as [Scalar<string>]
  expect(offsetWithin(text, range!, type, value, value.indexOf('X'))).toBe(text.indexOf('X'))
  expect(offsetWithin(text, range!, type, value, 0)).toBe(text.indexOf('event'))
})

test('the end of a text is the place after its last character', () => {
  const text = 'a: "event.value > "\n'
  expect(offsetWithin(text, [3, 19], 'QUOTE_DOUBLE', 'event.value > ', 14)).toBe(text.indexOf('>') + 1)
})
