import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { Rejected } from '#domain/failure.ts'
import { at, canonicalJson, exactNumber, type JsonObject, parseEvent } from '#domain/json.ts'
import { law } from './law.ts'

/** Values so small that two of them are often equal. */
const { value: values } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, 0, 1, 1.5, '', 'a', '1', '\ud800', '😀'),
    fc.array(tie('value'), { maxLength: 2 }),
    tie('object'),
  ),
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', '__proto__', '1'), tie('value')), {
      selector: ([key]) => key,
      maxLength: 3,
    })
    .map((members) =>
      JSON.parse(`{${members.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join()}}`),
    ),
}))

/** The same value with the members of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
    .reverse()
    .map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(reversed(inner))}`)
  return JSON.parse(`{${members.join()}}`)
}

describe('canonical JSON', () => {
  law('is equal exactly where contents are', values, values, (a, b) => {
    expect(canonicalJson(a) === canonicalJson(b)).toBe(isDeepStrictEqual(a, b))
  })

  law('does not depend on the order of members', values, (value) => {
    expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
  })

  law('is JSON of the same content', fc.jsonValue(), (value) => {
    const text = canonicalJson(value)
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    expect(canonicalJson(JSON.parse(text))).toBe(text)
  })
})

/** A number as mantissa and power of ten, so that equal ones are equal, however they are written. */
function rational(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(
    text,
  )!
  const mantissa = (whole + fraction).replace(/^0+/, '')
  const stripped = mantissa.replace(/0+$/, '')
  const power = Number(exponent) - fraction.length + mantissa.length - stripped.length
  return stripped === '' ? '0' : `${sign}${stripped}e${power}`
}

/** Numbers as JSON writes them, many of them with more digits than a double holds. */
const numbers = fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,25})?([eE][+-]?[01]?\d)?$/)
const names = fc.constantFrom('value', 'amount', 'a', 'a b', '12345678901234567890')

/** An object as text with a number at each end of its paths, and texts that look like numbers beside them. */
const documents = fc
  .record({
    path: fc.array(names, { minLength: 1, maxLength: 3 }),
    number: numbers,
    before: fc.array(
      fc.tuple(
        names,
        fc.oneof(
          numbers,
          fc.string().map((text) => JSON.stringify(text)),
        ),
      ),
    ),
    blank: fc.constantFrom('', ' ', '\n'),
  })
  .map(({ path, number, before, blank }) => {
    const wrap = (inner: string, name: string) =>
      `{${before.map(([key, value]) => `"${key}":${blank}${value},`).join(blank)}"${name}"${blank}:${inner}${blank}}`
    return { path, number, text: path.toReversed().reduce(wrap, number) }
  })

law('an exact number is what was written at its place', documents, ({ path, number, text }) => {
  const digits = exactNumber(text, parseEvent(text), path)
  expect(rational(digits)).toBe(rational(number))
})

describe('an event’s text', () => {
  const texts = fc.oneof(
    fc.json(),
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0041ae ') }),
    fc.json().map((json) => `{"a":${json}}`),
  )

  law('gives what JSON.parse gives, or is rejected', texts, (text) => {
    let object: JsonObject
    try {
      object = parseEvent(text)
    } catch (error) {
      expect(error).toBeInstanceOf(Rejected)
      return
    }
    expect(object).toEqual(JSON.parse(text))
    for (const key of Object.keys(object)) expect(at(object, [key])).toBe(object[key])
  })
})
