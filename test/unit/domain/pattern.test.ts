import { expect, test } from 'vitest'
import { patternFlaw } from '#domain/pattern.ts'

test.each([
  '^88017',
  'app$',
  '^[A-Z]+$',
  '^\\d{4}-\\d{2}$',
  'a|b',
  '^(app|web)$',
  'colou?r',
  '^.*$',
  'a{1,20}b',
  '[*+?]',
  '\\*\\+',
  '^(prepaid|postpaid)-[a-z]{1,20}$',
  'Dhaka|Khulna|Sylhet',
])('%s can be used', (pattern) => {
  expect(patternFlaw(pattern)).toBeUndefined()
})

test.each<[unknown, string]>([
  [undefined, 'written out'],
  [5, 'written out'],
  ['x'.repeat(201), 'at most 200 characters, and this one 201'],
  ['[a', 'no pattern'],
  ['(a', 'no pattern'],
  ['(a+)+$', 'a group in brackets cannot be repeated'],
  ['^(a|a)*$', 'a group in brackets cannot be repeated'],
  ['^(a|ab){10}$', 'a group in brackets cannot be repeated'],
  ['^a+b+$', 'at most one'],
  ['^a{2,}b*$', 'at most one'],
  ['a+', 'begin with ^'],
  ['^a+|b', 'begin with ^'],
  ['^(?=a)b', 'look around'],
  ['(a)\\1', 'look around'],
  ['a{0,99}b{0,99}c{0,99}', 'too many parts'],
  [`${'a?'.repeat(20)}`, 'too many parts'],
  ['[a-z]{1,100}[a-z]{1,100}!', 'too many parts'],
  ['^[a-z]*[a-z]{1,20}[a-z]{1,20}!', 'too many parts'],
  ['^a|[a-z]{1,20}[a-z]{1,20}!', 'too many parts'],
  [`^${'(a|a)'.repeat(30)}$`, 'too many parts'],
])('%j cannot: %s', (pattern, why) => {
  expect(patternFlaw(pattern)).toContain(why)
})

test('what can be used is quick on a text made to be slow', () => {
  const text = 'a'.repeat(100_000)
  const began = performance.now()
  for (const pattern of ['^a+$', '^a*b', 'a{1,20}b', '^[a-z]+!', 'a{1,10}a{1,10}b', '^a{1,100}a{1,100}b']) {
    expect(patternFlaw(pattern)).toBeUndefined()
    new RegExp(pattern).test(`${text}c`)
  }
  expect(performance.now() - began).toBeLessThan(1_000)
})
