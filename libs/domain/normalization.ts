import { isDecimal, LARGEST_VALUE, parseDecimal, SCALE } from './decimal.ts'
import { type Flag, type IdentityClaim, isWalletEvent, type NormalEvent } from './event.ts'
import { Rejected } from './failure.ts'
import { at, canonicalJson, exactNumber, type JsonObject, pointerTo, withExactNumbers } from './json.ts'
import { type Field, fieldPath, type Source, type Sources } from './source.ts'
import { parseSubject, type Subject, subjectKey } from './subject.ts'
import { parseTimestamp, type Timestamp } from './timestamp.ts'

const LONGEST_ID = 256
const LONGEST_NAME = 64
/** Of one customer in one event: more of them is a mistake, such as a list of everybody. */
const MOST_IDS = 16
const CONTROL = /\p{Cc}/u
const WHOLE = /^-?\d+$/
const FURTHEST_FUTURE = 24 * 3_600_000
/** Of these a negative value is a mistake; of other types it may be a correction. */
const NEVER_NEGATIVE = new Set(['recharge', 'data_usage'])

// Paths that every event is asked for, made once.
const METADATA = ['metadata']
const SOURCE = ['source']
const SOURCE_NAME = ['source_name']
const CUSTOMER_IDS = ['customer_ids']
const AMOUNT = ['amount']
const SPECVERSION = ['specversion']
/** Where a CloudEvent keeps its id. */
const CLOUD_ID = ['id']

/** What is known of a message besides its content. */
export interface Origin {
  /** The source of an event that names none. */
  readonly source: string
  /** Whether the event may name another source than that (not so behind a source's own token). */
  readonly bound: boolean
  /** Kafka's record timestamp or, for a webhook, the time of arrival; Unix ms. */
  readonly arrival: number
  /** Unix ms: what lies before is no longer taken, since what it would change is settled; absent where all is. */
  readonly horizon?: number | undefined
  /** The id in the message's `event-id` header, where there is one. */
  readonly headerId: string | undefined
  /** The identity of an event that brings nothing to tell it by; worked out only then. */
  readonly fallback: () => IdentityClaim
}

/**
 * What a message means: source, subject, type, time, value and identity. Pure: which clock, zone and
 * countries apply is in the arguments.
 *
 * @param text the JSON that `object` was parsed from: it has the digits and the spelling
 * @throws Rejected with the first thing that is wrong
 */
export function normalize(object: JsonObject, text: string, origin: Origin, sources: Sources): NormalEvent {
  const source = sourceOf(object, origin, sources)
  const subject = subjectOf(object, source)
  const others = othersOf(object, source, subject)
  const reverses = reversedBy(object, text, source)
  const type = typeOf(object, source)
  const written = field(object, source, 'timestamp')
  const timestamp = timestampOf(written, source, origin)
  const { value, digits, path, flags } = readValue(object, text, source)
  // What is reversed is often written with the opposite sign; a reversal counts for nothing itself.
  if (value !== null && value < 0 && NEVER_NEGATIVE.has(type) && reverses === null) {
    throw new Rejected('VALUE_NEGATIVE', pointerTo(path), 'zero or more', value / SCALE)
  }
  const metadata = at(object, METADATA)
  if (
    metadata !== undefined &&
    metadata !== null &&
    (typeof metadata !== 'object' || Array.isArray(metadata))
  ) {
    throw new Rejected('METADATA_INVALID', '/metadata', 'an object', metadata)
  }
  const customer = field(object, source, 'customer_id')
  return {
    claim: claimOf(object, text, source, timestamp, origin),
    source: source.name,
    subject,
    others,
    reverses,
    type,
    at: timestamp.instant,
    value,
    fingerprint: JSON.stringify([
      customer,
      field(object, source, 'event_type'),
      written,
      digits,
      reverses?.id ?? null,
    ]),
    flags,
  }
}

/**
 * The identity that a message claims even where the rest of it is wrong: a repaired event keeps it, so that
 * reading the message again finds a duplicate.
 */
export function claimedIdentity(
  object: JsonObject,
  text: string,
  origin: Origin,
  sources: Sources,
): { source: string; claim: IdentityClaim } {
  const named = origin.bound ? undefined : writtenSource(object).written
  const source = sources.byName.get(sourceName(named, origin))
  if (!source) return { source: origin.source, claim: origin.fallback() }
  try {
    const written = field(object, source, 'timestamp')
    const timestamp = typeof written === 'string' ? parseTimestamp(written.trim(), source.zone) : undefined
    return { source: source.name, claim: claimOf(object, text, source, timestamp, origin) }
  } catch {
    return { source: source.name, claim: origin.fallback() }
  }
}

function writtenSource(object: JsonObject): { key: string; written: unknown } {
  const written = at(object, SOURCE) ?? undefined
  return written === undefined
    ? { key: 'source_name', written: at(object, SOURCE_NAME) }
    : { key: 'source', written }
}

/** Systems write one name in several ways: `CRM` is `crm`. */
function sourceName(written: unknown, origin: Origin): string {
  return (typeof written === 'string' && written.trim().toLowerCase()) || origin.source
}

function sourceOf(object: JsonObject, origin: Origin, sources: Sources): Source {
  const { key, written } = writtenSource(object)
  if (written !== undefined && written !== null && typeof written !== 'string') {
    throw new Rejected('SOURCE_INVALID', `/${key}`, 'text', written)
  }
  const name = sourceName(written, origin)
  const source = sources.byName.get(name)
  if (!source) throw new Rejected('SOURCE_UNKNOWN', `/${key}`, [...sources.byName.keys()].join(', '), name)
  if (origin.bound && name !== origin.source)
    throw new Rejected('SOURCE_FORBIDDEN', `/${key}`, origin.source, name)
  if (!source.enabled) throw new Rejected('SOURCE_DISABLED', `/${key}`, 'a source that is switched on', name)
  return source
}

function subjectOf(object: JsonObject, source: Source): Subject {
  const id = field(object, source, 'customer_id')
  if (id === undefined || id === null || id === '') {
    throw new Rejected(
      'CUSTOMER_MISSING',
      pointer(source, 'customer_id'),
      'a UUID, a phone number or another id',
      id,
    )
  }
  return subjectAt(id, fieldPath(source, 'customer_id'), source)
}

function subjectAt(id: unknown, path: readonly string[], source: Source): Subject {
  if (typeof id !== 'string') throw new Rejected('CUSTOMER_INVALID', pointerTo(path), 'text', id)
  if (id.trim() === '' || id.length > LONGEST_ID || CONTROL.test(id)) {
    throw new Rejected(
      'CUSTOMER_INVALID',
      pointerTo(path),
      `1 to ${LONGEST_ID} characters, none of them a control character`,
      id,
    )
  }
  return parseSubject(id, source.country)
}

/** The other ids of the customer: those in `customer_ids`, and those where the source keeps some. */
function othersOf(object: JsonObject, source: Source, subject: Subject): readonly Subject[] {
  const listed = at(object, CUSTOMER_IDS) ?? []
  if (!Array.isArray(listed) || listed.length > MOST_IDS) {
    throw new Rejected('CUSTOMER_INVALID', '/customer_ids', `an array of at most ${MOST_IDS} ids`, listed)
  }
  if (listed.length === 0 && source.links.length === 0) return NOBODY
  const all = listed.map((id, i) => subjectAt(id, ['customer_ids', String(i)], source))
  for (const path of source.links) {
    const id = at(object, path)
    if (id === undefined || id === null || (typeof id === 'string' && id.trim() === '')) continue
    all.push(subjectAt(id, path, source))
  }
  const others = new Map(all.map((each) => [subjectKey(each), each]))
  others.delete(subjectKey(subject))
  return [...others.values()]
}

const NOBODY: readonly Subject[] = []

/** The event of the same source that this one says never happened. */
function reversedBy(object: JsonObject, text: string, source: Source): IdentityClaim | null {
  const path = fieldPath(source, 'reverses')
  const written = at(object, path)
  if (written === undefined || written === null) return null
  const digits = typeof written === 'number' ? exactNumber(text, object, path) : ''
  const id = WHOLE.test(digits) ? digits : written
  if (typeof id !== 'string' || id.trim() === '' || id.length > LONGEST_ID) {
    throw new Rejected(
      'REVERSES_INVALID',
      pointerTo(path),
      `the event_id of an event of ${source.name}`,
      written,
    )
  }
  return { kind: 'event_id', id }
}

function typeOf(object: JsonObject, source: Source): string {
  const written = field(object, source, 'event_type')
  if (written === undefined || written === null || written === '') {
    throw new Rejected(
      'EVENT_TYPE_MISSING',
      pointer(source, 'event_type'),
      'a text such as recharge',
      written,
    )
  }
  if (
    typeof written !== 'string' ||
    written.trim() === '' ||
    written.length > LONGEST_NAME ||
    CONTROL.test(written)
  ) {
    throw new Rejected(
      'EVENT_TYPE_INVALID',
      pointer(source, 'event_type'),
      `a text of 1 to ${LONGEST_NAME} characters`,
      written,
    )
  }
  const type = source.types.get(written.trim()) ?? written.trim()
  if (isWalletEvent(type)) {
    throw new Rejected(
      'EVENT_TYPE_INVALID',
      pointer(source, 'event_type'),
      'a type that does not begin with laurel.',
      written,
    )
  }
  return type
}

function timestampOf(written: unknown, source: Source, origin: Origin): Timestamp {
  if (written === undefined || written === null || written === '') {
    throw new Rejected('TIMESTAMP_MISSING', pointer(source, 'timestamp'), 'a time in ISO 8601', written)
  }
  const timestamp = typeof written === 'string' ? parseTimestamp(written.trim(), source.zone) : undefined
  if (!timestamp)
    throw new Rejected('TIMESTAMP_INVALID', pointer(source, 'timestamp'), 'a time in ISO 8601', written)
  if (timestamp.instant > origin.arrival + FURTHEST_FUTURE) {
    const latest = new Date(origin.arrival + FURTHEST_FUTURE).toISOString()
    throw new Rejected('TIMESTAMP_IN_FUTURE', pointer(source, 'timestamp'), `at most ${latest}`, written)
  }
  if (origin.horizon !== undefined && timestamp.instant < origin.horizon) {
    const earliest = new Date(origin.horizon).toISOString()
    throw new Rejected('TIMESTAMP_TOO_OLD', pointer(source, 'timestamp'), `at least ${earliest}`, written)
  }
  return timestamp
}

interface Value {
  readonly value: number | null
  readonly digits: string | null
  readonly path: readonly string[]
  readonly flags: readonly Flag[]
}

function readValue(object: JsonObject, text: string, source: Source): Value {
  const path = fieldPath(source, 'value')
  const value = decimalAt(object, text, path)
  // Where a source keeps its value at a place of its own, `amount` is something else.
  const amount = source.fields.has('value') ? undefined : decimalAt(object, text, AMOUNT)
  const counted = value ?? amount
  if (!counted) return NO_VALUE
  const differs = amount !== undefined && amount.value !== counted.value
  return {
    value: counted.value,
    digits: counted.digits,
    path: value ? path : AMOUNT,
    flags: differs ? ['AMOUNT_IGNORED'] : NO_FLAGS,
  }
}

const NO_FLAGS: readonly Flag[] = []
const NO_VALUE: Value = { value: null, digits: null, path: [], flags: NO_FLAGS }

function decimalAt(object: JsonObject, text: string, path: readonly string[]) {
  const written = at(object, path)
  if (written === undefined || written === null) return undefined
  if (typeof written !== 'number' && typeof written !== 'string') {
    throw new Rejected('VALUE_INVALID', pointerTo(path), 'a number', written)
  }
  const digits = typeof written === 'number' ? exactNumber(text, object, path) : written.trim()
  const value = parseDecimal(digits)
  if (value === undefined || Math.abs(value) > LARGEST_VALUE * SCALE) {
    throw new Rejected(
      typeof written === 'number' || isDecimal(digits) ? 'VALUE_OUT_OF_RANGE' : 'VALUE_INVALID',
      pointerTo(path),
      `a number up to ${LARGEST_VALUE}`,
      written,
    )
  }
  return { value, digits }
}

/** The first that is there: an id in the event, one in its header, its content, what carried it. */
function claimOf(
  object: JsonObject,
  text: string,
  source: Source,
  timestamp: Timestamp | undefined,
  origin: Origin,
): IdentityClaim {
  const own = idAt(object, text, fieldPath(source, 'event_id'))
  if (own !== undefined) return { kind: 'event_id', id: own }
  const cloud = at(object, SPECVERSION) === undefined ? undefined : idAt(object, text, CLOUD_ID)
  if (cloud !== undefined) return { kind: 'event_id', id: cloud }
  if (origin.headerId !== undefined) return { kind: 'event_id', id: idOf(origin.headerId, NOWHERE) }
  if (source.identity === 'content' || timestamp?.fraction)
    return { kind: 'content', id: canonicalJson(withExactNumbers(text, object)) }
  return origin.fallback()
}

const NOWHERE: readonly string[] = []

/** The id at a path; undefined where there is none. */
function idAt(object: JsonObject, text: string, path: readonly string[]): string | undefined {
  const written = at(object, path)
  if (written === undefined || written === null) return undefined
  const digits = typeof written === 'number' ? exactNumber(text, object, path) : ''
  return idOf(WHOLE.test(digits) ? digits : written, path)
}

function idOf(written: unknown, path: readonly string[]): string {
  if (typeof written !== 'string' || written.trim() === '' || written.length > LONGEST_ID) {
    throw new Rejected(
      'EVENT_ID_INVALID',
      pointerTo(path),
      `a text of 1 to ${LONGEST_ID} characters`,
      written,
    )
  }
  return written
}

function field(object: JsonObject, source: Source, name: Field): unknown {
  return at(object, fieldPath(source, name))
}

function pointer(source: Source, name: Field): string {
  return pointerTo(fieldPath(source, name))
}
