import type { CountryCode } from 'libphonenumber-js'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** A normalised customer id. Events belong to their subject for ever. */
export interface Subject {
  readonly kind: 'uuid' | 'msisdn' | 'other'
  /** A lower-case UUID, an E.164 number, or the id as it was written. */
  readonly value: string
}

/** `msisdn:+8801700000042`: a subject as one key. Of a customer's subjects, the one with the smallest is its root. */
export function subjectKey({ kind, value }: Subject): string {
  return `${kind}:${value}`
}

/** Of subjects of one customer, the one that stands for all of them: the same whatever order they came in. */
export function rootOf<S extends Subject>(subjects: readonly [S, ...S[]]): S {
  return subjects.reduce((root, each) => (subjectKey(each) < subjectKey(root) ? each : root))
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Only what may be a phone number is worth the parser's time, and only that may become one. */
const DIALLABLE = /^[+]?[\d\s().\-/]{4,31}$/

/**
 * The subject that a customer id names. An id that is neither a UUID nor a valid phone number, such as
 * `123`, is a subject of its own kind, as written.
 *
 * @param country the country whose numbers may come without their code, ISO 3166; none where undefined
 */
export function parseSubject(id: string, country: string | undefined): Subject {
  // Half a surrogate pair has no UTF-8, and would come back from the store as another id.
  const text = id.trim().toWellFormed()
  if (UUID.test(text)) return { kind: 'uuid', value: text.toLowerCase() }
  const number = text.startsWith('tel:') ? text.slice(4) : text
  if (DIALLABLE.test(number)) {
    const msisdn = knownMsisdn(number, country as CountryCode | undefined)
    if (msisdn) return { kind: 'msisdn', value: msisdn }
  }
  return { kind: 'other', value: text }
}

/** Parsing a number is half of what normalizing an event costs, and most events are of those who had some lately. */
const MSISDNS = new Map<string, string | undefined>()
const MOST_KNOWN = 100_000

function knownMsisdn(number: string, country: CountryCode | undefined): string | undefined {
  const key = `${country ?? ''} ${number}`
  const known = MSISDNS.get(key)
  if (known !== undefined || MSISDNS.has(key)) return known
  const msisdn = e164(number, country)
  // All at once: which of them are the oldest would have to be kept up with every event.
  if (MSISDNS.size >= MOST_KNOWN) MSISDNS.clear()
  MSISDNS.set(key, msisdn)
  return msisdn
}

/** Tried as written first, then as an international number that lacks its `+` (8801700000042). */
function e164(number: string, country: CountryCode | undefined): string | undefined {
  const direct = parsePhoneNumberFromString(number, country)
  if (direct?.isValid()) return direct.number
  if (number.startsWith('+')) return undefined
  const digits = number.replace(/\D/g, '').replace(/^00/, '')
  const international = digits.length >= 10 ? parsePhoneNumberFromString(`+${digits}`) : undefined
  return international?.isValid() ? international.number : undefined
}

/** The ways in which systems usually write a subject's id, to look for it where it stands as it was written. */
export function spellingsOf({ kind, value }: Subject): readonly string[] {
  if (kind === 'uuid') return [value, value.toUpperCase()]
  const number = kind === 'msisdn' ? parsePhoneNumberFromString(value) : undefined
  if (!number) return [value]
  const { nationalNumber, countryCallingCode } = number
  const digits = value.slice(1)
  const national = number.formatNational()
  const grouped = [number.formatInternational(), national].flatMap((format) =>
    ['', ' ', '-'].map((separator) => format.replace(/[\s-]+/g, separator)),
  )
  const withCode = [nationalNumber, national.replace(/^0/, '')].flatMap((rest) =>
    [' ', '-'].map((separator) => `+${countryCallingCode}${separator}${rest}`),
  )
  return [
    ...new Set([
      value,
      digits,
      `00${digits}`,
      `tel:${value}`,
      nationalNumber,
      national,
      ...grouped,
      ...withCode,
    ]),
  ]
}

/** For people who need not know who it is: `+88017••••0042`. */
export function maskSubject(value: string): string {
  const characters = [...value]
  const { length } = characters
  const last = (count: number) => characters.slice(-count).join('')
  if (length <= 4) return '•'.repeat(length)
  if (length <= 8) return `${'•'.repeat(length - 2)}${last(2)}`
  return `${characters.slice(0, -8).join('')}••••${last(4)}`
}
