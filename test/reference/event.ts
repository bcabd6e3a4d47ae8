import { createHash } from 'node:crypto'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { dayOf, readTimestamp } from './calendar.ts'

/** One message as Kafka delivered it; the same one may come several times. */
export interface Delivery {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** The Kafka record's own timestamp, Unix ms. */
  readonly timestamp: number
  readonly value: string
}

export interface Subject {
  readonly kind: 'uuid' | 'msisdn' | 'other'
  readonly value: string
}

/** What tells one event from another, before it is hashed. */
export interface Identification {
  readonly source: string
  readonly kind: 'event_id' | 'content' | 'offset'
  readonly id: string
}

export interface Event {
  readonly subject: Subject
  /** Whom `customer_ids` names: one customer with `subject`. */
  readonly others: readonly Subject[]
  /** The identity of the event that this one says never happened; undefined where it is no reversal. */
  readonly reverses: string | undefined
  readonly type: string
  /** Unix ms. */
  readonly at: number
  /** The program's local day of `at`, as days since 1970-01-01. */
  readonly day: number
  /** Ten-thousandths; 0 where the event has none. */
  readonly value: bigint
  readonly identity: string
  /** Equal for two deliveries of one event: its customer, type, time, value and `reverses`, as written. */
  readonly fingerprint: string
}

export interface Reading {
  /** Timestamps without a zone are in this one. */
  readonly hostZone: string
  /** The Kafka cluster's id: part of the identity of events that have no better one. */
  readonly cluster: string
  readonly identify: (event: Identification) => string
}

const TOPICS: Record<string, string> = {
  'customer-events': 'kafka',
  'cdr-events': 'in',
  'billing-events': 'billing',
  'crm-events': 'crm',
  'app-events': 'app',
}

const TYPES: Record<string, Record<string, string>> = {
  in: { data: 'data_usage', topup: 'recharge', top_up: 'recharge' },
  crm: { kyc: 'kyc_update' },
  dwh: {},
  billing: { topup: 'recharge', top_up: 'recharge' },
  app: { login: 'app_login' },
  kafka: {},
}

const LONGEST_ID = 256
const MOST_CUSTOMER_IDS = 16
const FURTHEST_AHEAD = 24 * 3_600_000
const LARGEST_VALUE = 1_000_000_000n * 10_000n

/** The reference does not guess: what it does not define must not be in a load that it is to judge. */
function undefinedHere(what: string): never {
  throw new Error(`test/reference does not say what to do with ${what}: keep it out of the load`)
}

/** The event that a delivery brings; undefined where it is not valid. */
export function readEvent(delivery: Delivery, reading: Reading): Event | undefined {
  const json = parseObject(delivery.value)
  if (!json) return undefined
  const { customer_id: customer, event_type: type, timestamp } = json
  if (!isId(customer) || !isText(type) || !isText(timestamp)) return undefined
  const others: unknown = json.customer_ids ?? []
  if (!Array.isArray(others) || others.length > MOST_CUSTOMER_IDS || !others.every(isId)) return undefined
  const exact = withExactNumbers(delivery.value)
  const reversed = reversedId(json, exact)
  if (reversed !== undefined && !isId(reversed)) return undefined

  const source = json.source ?? json.source_name ?? TOPICS[delivery.topic]
  if (typeof source !== 'string' || !Object.hasOwn(TYPES, source)) {
    undefinedHere(`the source ${JSON.stringify(source)} on ${delivery.topic}`)
  }
  const canonicalType = new Map(Object.entries(TYPES[source]!)).get(type.trim()) ?? type.trim()

  const time = readTimestamp(timestamp.trim(), reading.hostZone)
  if (!time || time.instant > delivery.timestamp + FURTHEST_AHEAD) return undefined

  const digits = valueAsWritten(exact)
  const value = digits === undefined ? 0n : tenThousandths(digits)
  const isUsage = canonicalType === 'recharge' || canonicalType === 'data_usage'
  if (value < 0n && isUsage && reversed === undefined) return undefined

  return {
    subject: readSubject(customer),
    others: others.map(readSubject),
    reverses:
      reversed === undefined ? undefined : reading.identify({ source, kind: 'event_id', id: reversed }),
    type: canonicalType,
    at: time.instant,
    day: dayOf(time.instant),
    value,
    identity: reading.identify({ source, ...identification(json, time.fraction, delivery, reading.cluster) }),
    fingerprint: JSON.stringify([customer, canonicalType, timestamp, digits, exact.reverses]),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

/** What may name a customer or an event. */
function isId(value: unknown): value is string {
  return isText(value) && value.length <= LONGEST_ID
}

function parseObject(text: string): Record<string, unknown> | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  return json as Record<string, unknown>
}

/** What may be a number, with the digits that were written: a double loses some. */
interface Exact {
  readonly value?: { readonly digits?: string } | null
  readonly amount?: { readonly digits?: string } | null
  readonly reverses?: { readonly digits?: string } | null
}

/** To keep the digits, every number is put in quotes before parsing. */
function withExactNumbers(text: string): Exact {
  const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
  const quoted = text.replace(stringOrNumber, (token) =>
    token.startsWith('"') ? token : `{"digits":"${token}"}`,
  )
  return JSON.parse(quoted)
}

/** The digits of `value`, else of `amount`. */
function valueAsWritten({ value, amount }: Exact): string | undefined {
  const written = value ?? amount
  if (written === undefined || written === null) return undefined
  if (typeof written.digits !== 'string') undefinedHere(`the value ${JSON.stringify(written)}`)
  return written.digits
}

/** What an event says that it reverses, a whole number by its digits; undefined where it reverses nothing. */
function reversedId(json: Record<string, unknown>, { reverses }: Exact): unknown {
  if (typeof json.reverses !== 'number') return json.reverses ?? undefined
  const digits = reverses?.digits ?? ''
  return /^-?\d+$/.test(digits) ? digits : json.reverses
}

/** Rounds half to even, on whole numbers alone. */
function tenThousandths(digits: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(digits)!
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const mantissa = BigInt(`${whole}${fraction}`)
  const power = Number(exponent) - fraction.length + 4
  if (Math.abs(power) > 1000) undefinedHere(`the value ${digits}`)
  let magnitude: bigint
  if (power >= 0) {
    magnitude = mantissa * 10n ** BigInt(power)
  } else {
    const divisor = 10n ** BigInt(-power)
    magnitude = mantissa / divisor
    const twiceRest = (mantissa % divisor) * 2n
    if (twiceRest > divisor || (twiceRest === divisor && magnitude % 2n === 1n)) magnitude += 1n
  }
  if (magnitude > LARGEST_VALUE) undefinedHere(`the value ${digits}`)
  return sign === '-' ? -magnitude : magnitude
}

const subjects = new Map<string, Subject>()

function readSubject(id: string): Subject {
  const known = subjects.get(id)
  if (known) return known
  const text = id.trim()
  const number = parsePhoneNumberFromString(text, { defaultCountry: 'BD', extract: false })
  const subject: Subject = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? { kind: 'uuid', value: text.toLowerCase() }
    : number?.isValid()
      ? { kind: 'msisdn', value: number.number }
      : { kind: 'other', value: text }
  subjects.set(id, subject)
  return subject
}

function identification(
  json: Record<string, unknown>,
  fraction: boolean,
  delivery: Delivery,
  cluster: string,
): Omit<Identification, 'source'> {
  const id = json.event_id ?? ('specversion' in json ? json.id : undefined)
  if (id !== undefined && id !== null) {
    if (!isId(id)) undefinedHere(`the event id ${JSON.stringify(id)}`)
    return { kind: 'event_id', id }
  }
  if (fraction) return { kind: 'content', id: sha256(canonical(json)).toString('hex') }
  const { topic, partition, offset, timestamp, value } = delivery
  const hash = sha256(value).toString('hex').slice(0, 16)
  return { kind: 'offset', id: `${cluster}/${topic}/${partition}/${offset}/${timestamp}/${hash}` }
}

function canonical(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join()}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join()}}`
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

/** The first 16 bytes of a SHA-256 as a UUID of version 8. */
export function uuidOf({ source, kind, id }: Identification): string {
  const bytes = sha256(`${source}\n${kind}\n${id}`).subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
