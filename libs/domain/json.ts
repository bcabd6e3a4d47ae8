import { Rejected } from './failure.ts'

const DEEPEST = 64

/** A JSON object as it was parsed: any key is possible, `__proto__` included. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Parses one event. Numbers that a double cannot hold to the last digit stay exact: `exactNumber` finds
 * their digits.
 *
 * @throws Rejected JSON_INVALID, JSON_NOT_AN_OBJECT, JSON_TOO_DEEP or TEXT_HAS_NUL
 */
export function parseEvent(text: string): JsonObject {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new Rejected('JSON_INVALID', '', 'a JSON object', (error as Error).message)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    // Not quoted: an array nested a hundred thousand levels deep would overflow the stack.
    throw new Rejected('JSON_NOT_AN_OBJECT', '', 'an object', Array.isArray(parsed) ? [] : parsed)
  }
  if (isTooDeep(text)) {
    throw new Rejected('JSON_TOO_DEEP', '', `at most ${DEEPEST} levels`, `${depth(text)} levels`)
  }
  if (text.includes('\\u0000')) refuseNul(parsed, '')
  return parsed as JsonObject
}

/** Whether a valid JSON text nests deeper than what recursion over its values is safe for. */
export function isTooDeep(text: string): boolean {
  return text.length > DEEPEST && hasManyBrackets(text) && depth(text) > DEEPEST
}

/** Whether more arrays and objects begin in a text than may nest: in nearly none do, and then depth need not be counted. */
function hasManyBrackets(text: string): boolean {
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let i = text.indexOf(bracket); i >= 0; i = text.indexOf(bracket, i + 1)) {
      if (++count > DEEPEST) return true
    }
  }
  return false
}

/** How deep arrays and objects nest in a valid JSON text; brackets inside of strings do not count. */
function depth(text: string): number {
  let deepest = 0
  let level = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // a string: on to its closing quote
        for (i++; text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++
        break
      case 0x5b:
      case 0x7b:
        level++
        if (level > deepest) deepest = level
        break
      case 0x5d:
      case 0x7d:
        level--
    }
  }
  return deepest
}

const LONGEST_POINTER = 200

function refuseNul(value: unknown, pointer: string): void {
  if (typeof value === 'string' && value.includes('\0')) {
    throw new Rejected('TEXT_HAS_NUL', pointer, 'text without NUL characters', value)
  }
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    // The pointer stops at the object: with the name in it, no database column could hold it either.
    if (key.includes('\0')) throw new Rejected('TEXT_HAS_NUL', pointer, 'a name without NUL characters', key)
    // Names come from the event: the pointer leads as near as it can without growing with them.
    const inner = pointer + pointerTo([key])
    refuseNul((value as JsonObject)[key], inner.length > LONGEST_POINTER ? pointer : inner)
  }
}

/** The RFC 6901 pointer to a path. */
export function pointerTo(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** What stands at a path of own properties; undefined where nothing does. */
export function at(object: JsonObject, path: readonly string[]): unknown {
  let value: unknown = object
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as JsonObject)[step]
  }
  return value
}

/** Numbers of up to 15 digits come back from a double as they were written. */
const MORE_THAN_A_DOUBLE_HOLDS = /\d[\d.]{15}/
const LONG = 16
const STRINGS_AND_LONG_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]{15,}/g

/**
 * An object with each number that a double may round as a text of the digits that were written, which
 * JSON.parse does not keep. Most texts hold none; else they are quoted and the text parsed once more.
 *
 * @param text the JSON that `parsed` comes from
 */
export function withExactNumbers(text: string, parsed: JsonObject): JsonObject {
  if (!hasLongRun(text) || !MORE_THAN_A_DOUBLE_HOLDS.test(text)) return parsed
  const quoted = text.replace(STRINGS_AND_LONG_NUMBERS, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  )
  return JSON.parse(quoted) as JsonObject
}

/**
 * Whether 16 digits and dots stand in a row anywhere. Such a row covers every 16th place of the text once, so that only
 * these, and what stands around them, need to be looked at.
 */
function hasLongRun(text: string): boolean {
  for (let place = LONG - 1; place < text.length; place += LONG) {
    if (!isDigitOrDot(text.charCodeAt(place))) continue
    let first = place
    while (first > 0 && isDigitOrDot(text.charCodeAt(first - 1))) first--
    let end = place + 1
    while (end < text.length && isDigitOrDot(text.charCodeAt(end))) end++
    if (end - first >= LONG) return true
  }
  return false
}

function isDigitOrDot(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2e
}

/** The number at a path in digits that give exactly what was written. */
export function exactNumber(text: string, parsed: JsonObject, path: readonly string[]): string {
  return String(at(withExactNumbers(text, parsed), path))
}

/** Whether a valid JSON text holds a number that parsing it would change. */
export function hasLongNumbers(text: string): boolean {
  return [...text.matchAll(STRINGS_AND_LONG_NUMBERS)].some(([token]) => !token.startsWith('"'))
}

/** JSON with every object's keys in the order of their UTF-16 code units: equal content, equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const object = value as JsonObject
  const members = Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`)
  return `{${members.join(',')}}`
}
