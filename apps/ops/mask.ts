import { maskSubject } from '#domain/subject.ts'

/** What stands for what is hidden; no event has it. */
export const MASK = '••'
const HIDDEN = MASK + MASK

/** Words of a field's name behind which it says who somebody is, in words. */
const PERSONAL =
  /^(name|(first|last|full|middle|sur|nick|user|display)names?|names|e?mails?|address(es)?|street|city|contacts?|birth(day|date)?|dob|nid|passport|ssn|imsi|imei|iccid|base64)$/
/** The same, in a number or an id. */
const NUMBERS =
  /^(msisdns?|phones?|phonenumber|mobile|telephone|tel|cell|customers?|customerid|subscribers?|subscriberid|account|accountid|caller|callee|calling|called|recipient|sender|referrer|referee)$/
const NUMBER_OR_ID = /^([+\d\s().-]+|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/i

/** Seven digits or more, written together or as people write phone numbers. */
const DIGITS = /\+?\p{Nd}(?:[\s()-]{0,2}\p{Nd}){6,}/gu
const DOTTED = /\+?\p{Nd}{1,6}(?:\.\p{Nd}{1,6}){2,}/gu
/** Digits that tell a day, which people need to see and which name nobody. */
const DAY = /(?<!\p{Nd})((?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?!\p{Nd})/u

const GOT = ', got '
/** Where `describeRejection` says which field it is about. */
const PLACE = /\b[A-Z_]{3,60}: (\/\S{0,400}): /

/** Parts of Bull Board's answers that hold what Laurel was sent, or what came of it. */
const CONTENT = new Set([
  'data',
  'returnValue',
  'returnvalue',
  'progress',
  'opts',
  'template',
  'deferredFailure',
  'ignoredChildFailureReasons',
])
/** What the page finds jobs by: made by Laurel, of positions and numbers of its own. */
const KEYS = new Set(['id', 'nodeId', 'queueName', 'key'])

/** An answer of Bull Board for those who need not know who customers are. */
export function maskAnswer(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map(maskAnswer)
  if (!isObject(value)) return value
  return mapFields(value, (name, each) => {
    if (CONTENT.has(name)) return maskContent(each)
    return KEYS.has(name) && typeof each === 'string' ? each : maskAnswer(each)
  })
}

/** What a job holds: there a number may be a customer's, too, and the name of a field tells what it is. */
export function maskContent(value: unknown): unknown {
  if (typeof value === 'string') return maskJson(value)
  if (typeof value === 'number') {
    const masked = maskText(String(value))
    return masked === String(value) ? value : masked
  }
  if (Array.isArray(value)) return value.map(maskContent)
  if (!isObject(value)) return value
  const { pointer, got } = value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (name === 'got' && typeof got === 'string' && typeof pointer === 'string') {
        return [name, maskGot(pointer, got)]
      }
      return [maskText(name), maskField(name, each)]
    }),
  )
}

/** Phone numbers in a text, and what an event was refused for where that tells who it was about. */
export function maskText(text: string): string {
  const got = gotIn(text)
  if (!got) return maskDigits(text)
  const { start, end, pointer } = got
  return (
    maskDigits(text.slice(0, start)) + maskGot(pointer, text.slice(start, end)) + maskDigits(text.slice(end))
  )
}

/** Where a text, as `describeRejection` writes it, quotes an event, and of which field. */
function gotIn(text: string): { start: number; end: number; pointer: string } | undefined {
  const expected = text.indexOf(' (expected ')
  const start = text.indexOf(GOT, expected) + GOT.length
  const end = text.lastIndexOf('). To do: ')
  if (expected < 0 || start < GOT.length || end < start) return undefined
  return { start, end, pointer: PLACE.exec(text.slice(0, expected))?.[1] ?? '' }
}

function maskDigits(text: string): string {
  return text
    .split(DAY)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replace(DIGITS, maskSubject).replace(DOTTED, maskSevenOrMore),
    )
    .join('')
}

function maskSevenOrMore(text: string): string {
  return text.replaceAll(/\P{Nd}/gu, '').length < 7 ? text : maskSubject(text)
}

/** A whole event, or one that is cut off, may hold anything. */
function maskGot(pointer: string, got: string): string {
  const field = pointer.slice(pointer.lastIndexOf('/') + 1)
  const isPersonal = pointer === '' || kindOf(field) !== undefined || /^[[{]/.test(got)
  return isPersonal ? HIDDEN : maskDigits(got)
}

/** A text may be an event as it was sent. One that is no JSON has no fields to tell what it holds. */
function maskJson(text: string): string {
  if (!/^\s*[[{"]|"\s*:/.test(text)) return maskText(text)
  try {
    return JSON.stringify(maskContent(JSON.parse(text)))
  } catch {
    return gotIn(text) ? maskText(text) : `${HIDDEN} (${text.length} characters that are no JSON)`
  }
}

function maskField(name: string, value: unknown): unknown {
  const kind = kindOf(name)
  return kind === undefined ? maskContent(value) : hide(kind, value)
}

function hide(kind: 'personal' | 'number', value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => hide(kind, each))
  if (isObject(value)) return mapFields(value, (_, each) => hide(kind, each))
  if (value === null || typeof value === 'boolean') return value
  const text = String(value)
  return kind === 'number' && NUMBER_OR_ID.test(text) ? maskSubject(text) : HIDDEN
}

/** Whether a field's name says that it tells who somebody is. */
function kindOf(name: string): 'personal' | 'number' | undefined {
  const words = name
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
  if (words.some((word) => PERSONAL.test(word))) return 'personal'
  return words.some((word) => NUMBERS.test(word)) ? 'number' : undefined
}

function mapFields(
  value: Record<string, unknown>,
  map: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, map(name, each)]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
