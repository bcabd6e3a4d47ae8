import { describe, expect, test } from 'vitest'
import { Conditions } from '#domain/condition.ts'

const conditions = new Conditions({ scores: [], wallets: [] })
const compile = (source: string) => conditions.compile(source, 'bool')

describe('an expression within the bound is compiled', () => {
  test.each([
    'event.metadata.items.exists(a, a == "x")',
    '["a", "b"].exists(a, ["c", "d"].exists(b, a == b))',
    '["a", "b", "c"].exists(a, event.metadata.items.exists(b, a == b))',
    'event.metadata.items.map(a, a.price > 5.0).exists(b, b == true)',
  ])('%s', (source) => {
    expect(compile(source)).toBeTypeOf('function')
  })
})

describe('one beyond it is refused', () => {
  test.each([
    ['event.metadata.items.exists(a, event.metadata.items.exists(b, a == b))', 'at most 10000 are allowed'],
    [
      'event.metadata.items.filter(a, event.metadata.items.all(b, a == b)).size() > 0',
      'at most 10000 are allowed',
    ],
    ['cel.bind(x, event.source, x == "a")', 'there is no cel.bind here'],
    ['event.source.matches(event.type)', 'the pattern of matches has to be written out'],
    ['["a"].exists(a, event.source.matches("(a+)+"))', 'a group in brackets cannot be repeated'],
  ])('%s', (source, message) => {
    expect(() => compile(source)).toThrow(message)
  })
})
