/**
 * JSON as text: the digits of an event must reach the store as they were written, so that a request's parts
 * are cut out of it and never written anew.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/**
 * The elements of a JSON array, each exactly as it stands in the text.
 *
 * @param text valid JSON whose value is an array
 */
export function splitArray(text: string): string[] {
  const elements: string[] = []
  let level = 0
  let start = text.indexOf('[') + 1
  for (let i = start - 1; i < text.length; i++) {
    const character = text.charCodeAt(i)
    if (character === QUOTE) {
      for (i++; text.charCodeAt(i) !== QUOTE; i++) if (text.charCodeAt(i) === BACKSLASH) i++
    } else if (OPENING.has(character)) level++
    else if (CLOSING.has(character)) level--
    if (level > 1 || (level === 1 && character !== COMMA)) continue
    const element = text.slice(start, i).trim()
    // Nothing stands between the brackets of an empty array; valid JSON has no other empty place.
    if (element !== '') elements.push(element)
    if (level === 0) break
    start = i + 1
  }
  return elements
}

/** In a text: everything from the space on but quote and backslash. Unrolled, so that a long text is linear. */
const TEXT = String.raw`"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\uffff]*)*"`
const SCALAR = String.raw`(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])`
const TOKEN = new RegExp(`([{}[\\],:])|(${TEXT})|${SCALAR}`, 'y')
const SPACE = /[ \t\n\r]*/y

/** What may come next: brackets and marks stand for themselves, " for a text, 0 for any other plain value. */
const VALUE = '{["0'

/**
 * Where a text stops being JSON, which JSON.parse tells of some mistakes only.
 *
 * @returns the offset of the first token that cannot stand there; the text's length where it ends too early
 */
export function errorPosition(text: string): number {
  const open: string[] = []
  let expected = VALUE
  let position = 0
  for (;;) {
    SPACE.lastIndex = position
    SPACE.exec(text)
    const here = SPACE.lastIndex
    if (here >= text.length) return text.length
    TOKEN.lastIndex = here
    const token = TOKEN.exec(text)
    if (!token) return here
    const what = token[1] ?? (token[2] === undefined ? '0' : '"')
    if (!expected.includes(what)) return here
    position = TOKEN.lastIndex
    if (what === '{' || what === '[') open.push(what)
    if (what === '}' || what === ']') open.pop()
    expected = next(what, expected, open.at(-1))
  }
}

function next(what: string, expected: string, inside: string | undefined): string {
  if (what === '{') return '"}'
  if (what === '[') return `${VALUE}]`
  if (what === ':') return VALUE
  if (what === ',') return inside === '{' ? '"' : VALUE
  const isKey = what === '"' && inside === '{' && !expected.includes('0')
  if (isKey) return ':'
  return inside === undefined ? '' : inside === '{' ? ',}' : ',]'
}
