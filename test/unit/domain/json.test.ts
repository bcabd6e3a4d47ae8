import { describe, expect, test } from 'vitest'
import { Rejected, type Rejection } from '#domain/failure.ts'
import {
  at,
  canonicalJson,
  exactNumber,
  hasLongNumbers,
  type JsonObject,
  parseEvent,
  pointerTo,
} from '#domain/json.ts'

function rejection(text: string): Rejection {
  try {
    parseEvent(text)
  } catch (error) {
    if (error instanceof Rejected) return error.rejection
    throw error
  }
  throw new Error('it was not rejected')
}

const arrays = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const nested = (levels: number) => `{"a":${arrays(levels - 1)}}`

describe('parseEvent', () => {
  test.each([
    '{"value": NaN}',
    '{"value": Infinity}',
    '{"a":1,}',
    "{'a':1}",
    '{"a":1}{"b":2}',
    'recharge',
    '\ufeff{"a":1}',
    '{"a":"\u0001"}',
    '{',
  ])('refuses what is not JSON: %j', (text) => {
    expect(rejection(text)).toMatchObject({ code: 'JSON_INVALID', pointer: '', expected: 'a JSON object' })
  })

  test('says where it is not JSON', () => {
    expect(rejection('{"value": NaN}').got).toContain('Unexpected token')
  })

  test.each([
    ['[]', '[]'],
    ['[{"a":1}]', '[]'],
    ['null', 'null'],
    ['1', '1'],
    ['1e400', 'Infinity'],
    ['"text"', '"text"'],
    ['true', 'true'],
    [arrays(100_000), '[]'],
  ])('refuses JSON that is no object: %.20s', (text, got) => {
    expect(rejection(text)).toEqual({ code: 'JSON_NOT_AN_OBJECT', pointer: '', expected: 'an object', got })
  })

  test('takes 64 levels and not one more', () => {
    expect(parseEvent(nested(64))).toHaveProperty('a')
    expect(rejection(nested(65))).toEqual({
      code: 'JSON_TOO_DEEP',
      pointer: '',
      expected: 'at most 64 levels',
      got: '"65 levels"',
    })
    expect(rejection(nested(100_000)).code).toBe('JSON_TOO_DEEP')
  })

  test.each([
    [`{"a":"${'['.repeat(100)}"}`],
    [`{"a":"\\"${'{'.repeat(100)}"}`],
    [`{"a":"\\\\","b":"${'['.repeat(100)}"}`],
    [`{"${'['.repeat(100)}":1}`],
    [`{"a":[${'{},'.repeat(100)}{}]}`],
  ])('does not count brackets in texts, nor those side by side: %.20s', (text) => {
    expect(parseEvent(text)).toEqual(JSON.parse(text))
  })

  test('counts brackets after a text that ends in a backslash', () => {
    expect(rejection(`{"a":"\\\\","b":${arrays(64)}}`).code).toBe('JSON_TOO_DEEP')
  })

  test.each([
    ['{"a":"x\\u0000y"}', '/a', 'text without NUL characters', '"x\\u0000y"'],
    ['{"a":{"b":["x","\\u0000"]}}', '/a/b/1', 'text without NUL characters', '"\\u0000"'],
    ['{"a/b":{"c~d":"\\u0000"}}', '/a~1b/c~0d', 'text without NUL characters', '"\\u0000"'],
    ['{"a":{"x\\u0000":1}}', '/a', 'a name without NUL characters', '"x\\u0000"'],
  ])('refuses an escaped NUL: %s', (text, pointer, expected, got) => {
    expect(rejection(text)).toEqual({ code: 'TEXT_HAS_NUL', pointer, expected, got })
  })

  test('points no further than a pointer may be long', () => {
    const { pointer } = rejection(`{"a":{"${'x'.repeat(500)}":{"b":"\\u0000"}}}`)
    expect(pointer.length).toBeLessThanOrEqual(200)
    expect(pointer).toMatch(/^\/a/)
  })

  test('takes a backslash before u0000, which is no NUL', () => {
    expect(parseEvent('{"a":"\\\\u0000"}')).toEqual({ a: '\\u0000' })
  })

  test('keeps __proto__ as a key like any other, and pollutes nothing', () => {
    const object = parseEvent('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
    expect(Object.keys(object)).toEqual(['__proto__', 'constructor'])
    expect(at(object, ['__proto__', 'polluted'])).toBe(1)
    expect(at(object, ['polluted'])).toBeUndefined()
    expect(({} as JsonObject).polluted).toBeUndefined()
  })

  test('of two keys of one name, takes the last', () => {
    expect(parseEvent('{"a":1,"a":2}')).toEqual({ a: 2 })
  })
})

describe('at', () => {
  const object = parseEvent('{"a":{"b":[{"c":null}]},"d":"text"}')

  test.each<[string[], unknown]>([
    [['a', 'b', '0', 'c'], null],
    [['d'], 'text'],
    [['a', 'x'], undefined],
    [['a', 'b', '0', 'c', 'e'], undefined],
    // What every object inherits is no content.
    [['toString'], undefined],
    [['__proto__'], undefined],
    [['d', 'length'], undefined],
    [['constructor', 'name'], undefined],
  ])('%j', (path, expected) => {
    expect(at(object, path)).toBe(expected)
  })
})

test.each([
  [[], ''],
  [['a', 'b'], '/a/b'],
  [['a/b', 'c~d', ''], '/a~1b/c~0d/'],
])('the pointer to %j is %j', (path, pointer) => {
  expect(pointerTo(path)).toBe(pointer)
})

describe('exactNumber', () => {
  const exact = (text: string, ...path: string[]) => exactNumber(text, parseEvent(text), path)

  test.each([
    ['{"value":50.00}', '50'],
    ['{"value":123456789012345}', '123456789012345'],
    ['{"value":0.1234567890123456789}', '0.1234567890123456789'],
    ['{"value":12345678901234567890}', '12345678901234567890'],
    ['{"value":-12345678901234567.5}', '-12345678901234567.5'],
    ['{"value":1.0000000000000000e3}', '1.0000000000000000e3'],
    ['{ "value" : 0.1234567890123456789 , "b":1}', '0.1234567890123456789'],
  ])('of %s is %s', (text, digits) => {
    expect(exact(text, 'value')).toBe(digits)
  })

  test('is that of the path, not of an equal name elsewhere', () => {
    const text =
      '{"metadata":{"value":1.00000000000000001},"value":2.00000000000000002,"list":[{"value":3.00000000000000003}],"data":{"usage":{"value":4.00000000000000004}}}'
    expect(exact(text, 'value')).toBe('2.00000000000000002')
    expect(exact(text, 'data', 'usage', 'value')).toBe('4.00000000000000004')
    expect(exact(text, 'metadata', 'value')).toBe('1.00000000000000001')
  })

  test('is not led astray by texts that look like members', () => {
    const text =
      '{"note":"\\"value\\": 9.99999999999999999","12345678901234567890":"\\\\","value":1.00000000000000001}'
    expect(exact(text, 'value')).toBe('1.00000000000000001')
  })

  test('stays exact for a short number beside a long one', () => {
    expect(exact('{"value":0.1,"other":1.00000000000000001}', 'value')).toBe('0.1')
  })

  test('is found beside a text as long as a message may be', () => {
    for (const filling of ['x'.repeat(250_000), '\\"'.repeat(120_000), '1234567890'.repeat(25_000)]) {
      expect(exact(`{"a":"${filling}","value":1.00000000000000001}`, 'value')).toBe('1.00000000000000001')
    }
  })
})

test.each([
  ['{"a":12345678901234567890}', true],
  ['{"a":0.1234567890123456789}', true],
  ['{"a":123456789012345}', false],
  ['{"a":"12345678901234567890","12345678901234567890":1}', false],
  ['{"a":"\\"12345678901234567890"}', false],
])('%s has a number that parsing would round: %s', (text, expected) => {
  expect(hasLongNumbers(text)).toBe(expected)
})

describe('canonicalJson', () => {
  test.each([
    ['{"b":1,"a":{"d":[2,{"f":1,"e":null}],"c":"x"}}', '{"a":{"c":"x","d":[2,{"e":null,"f":1}]},"b":1}'],
    ['{"é":1,"z":2,"😀":3,"\\ud800":4}', '{"z":2,"é":1,"\\ud800":4,"😀":3}'],
    ['{"10":1,"9":2}', '{"10":1,"9":2}'],
    ['{"__proto__":1,"a":2}', '{"__proto__":1,"a":2}'],
    ['{"a":1.0,"b":1e2}', '{"a":1,"b":100}'],
    ['{}', '{}'],
  ])('of %s', (text, canonical) => {
    expect(canonicalJson(JSON.parse(text))).toBe(canonical)
  })

  test('keeps the order of arrays', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
  })
})
