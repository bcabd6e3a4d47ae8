import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorPosition, splitArray } from '../../../apps/api/json-text.ts'

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t', '\r'), maxLength: 3 })

/** A JSON array as somebody may have written it, with the text of each element. */
const written = fc
  .array(fc.tuple(fc.jsonValue({ noUnicodeString: false }), fc.integer({ min: 0, max: 3 }), space, space), {
    maxLength: 8,
  })
  .chain((parts) => {
    const elements = parts.map(([value, indent]) => JSON.stringify(value, null, indent))
    const texts = elements.map((element, i) => `${parts[i]![2]}${element}${parts[i]![3]}`)
    return fc.tuple(space, space, space).map(([before, inside, after]) => ({
      elements,
      text: `${before}[${texts.length === 0 ? inside : texts.join()}]${after}`,
    }))
  })

describe('splitArray', () => {
  test('gives each element as it was written', () => {
    fc.assert(
      fc.property(written, ({ elements, text }) => {
        expect(splitArray(text)).toEqual(elements)
      }),
    )
  })

  test('parses to what the array parses to', () => {
    fc.assert(
      fc.property(written, ({ text }) => {
        expect(splitArray(text).map((element) => JSON.parse(element))).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    ['[]', []],
    [' [ \n ] ', []],
    ['[1.50, 1e400 ,-0]', ['1.50', '1e400', '-0']],
    ['["],[", "\\"", "\\\\"]', ['"],["', '"\\""', '"\\\\"']],
    ['[[1,[2]],{"a":[3,4],"b":{}}]', ['[1,[2]]', '{"a":[3,4],"b":{}}']],
  ])('%s', (text, elements) => {
    expect(splitArray(text)).toEqual(elements)
  })
})

describe('errorPosition', () => {
  test.each([
    ['{"a":NaN}', 5],
    ['{"a":-Infinity}', 5],
    ['[1,]', 3],
    ['{"a":1,}', 7],
    ['{"a":1}\n{"b":2}', 8],
    ['{a:1}', 1],
    ["{'a':1}", 1],
    ['{"a" 1}', 5],
    ['{"a":1 "b":2}', 7],
    ['[1 2]', 3],
    ['[1}', 2],
    ['[01]', 1],
    ['[+1]', 1],
    ['[1.]', 1],
    ['[tru]', 1],
    ['[truer]', 1],
    ['{"a":{"b":1}:2}', 12],
    ['["a\nb"]', 1],
    ['["\\x"]', 1],
    ['["\\u12g4"]', 1],
    ['["\u0085\u007f"]x', 6],
    ['', 0],
    ['  ', 2],
    ['[1', 2],
    ['{"a":', 5],
    ['[1, ', 4],
  ])('of %j is %i', (text, position) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(errorPosition(text)).toBe(position)
  })

  test('is the end of a text that is JSON', () => {
    fc.assert(
      fc.property(written, ({ text }) => {
        expect(errorPosition(text)).toBe(text.length)
      }),
    )
  })

  test('is a place from which on no text is JSON', () => {
    const harm = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 2 }),
      insert: fc.string({
        unit: fc.constantFrom('"', '{', '}', '[', ']', ',', ':', '1', '\\', ' ', 'N', '\n'),
        maxLength: 2,
      }),
    })
    fc.assert(
      fc.property(written, harm, ({ text }, { at, remove, insert }) => {
        const place = at % (text.length + 1)
        const harmed = text.slice(0, place) + insert + text.slice(place + remove)
        const position = errorPosition(harmed)
        const isJson = parses(harmed)
        if (isJson) expect(position).toBe(harmed.length)
        // What stands before the place is the beginning of some JSON: it can be completed, if not by this text.
        if (position < harmed.length) expect(completes(harmed.slice(0, position))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('of a long text takes no long time', () => {
    const text = `["${'x'.repeat(4_000_000)}", ${'{"a":[1,2]},'.repeat(50_000)} NaN]`
    const begun = performance.now()
    expect(errorPosition(text)).toBe(text.length - 4)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })
})

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether a text that ends between two tokens can be continued to JSON. */
function completes(text: string): boolean {
  const open = [...text.replace(/"(?:[^"\\]|\\.)*"/g, '""')].reduce<string[]>((stack, character) => {
    if (character === '{') stack.push('}')
    else if (character === '[') stack.push(']')
    else if (character === '}' || character === ']') stack.pop()
    return stack
  }, [])
  const closing = open.toReversed().join('')
  return ['', '0', '"a":0', ':0'].some((more) => parses(`${text}${more}${closing}`))
}
