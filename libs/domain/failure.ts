/** The stages of an event's way. */
export type Stage = 'normalization' | 'scoring' | 'gamification'

interface FailureKind {
  readonly stage: Stage
  /** What is wrong, for people: the first half of what an operator reads. */
  readonly meaning: string
  /** What to do about it: the second half. */
  readonly remedy: string
  /**
   * Whether a retry can help: `edit` once the event is put right, `change` once the configuration or a rule
   * is, `now` as it is.
   */
  readonly retry: 'edit' | 'change' | 'now'
  /** Who can take the cause away: those who publish the event, run Laurel, write the program, or build Laurel. */
  readonly fixer: 'producers' | 'platform' | 'loyalty' | 'developers'
}

/**
 * Every reason for which one event can fail, and nothing else: ops teams, dashboards and producers build on
 * these names, so one never changes its meaning.
 */
export const FAILURES = {
  MESSAGE_EMPTY: {
    stage: 'normalization',
    meaning: 'the message has no content',
    remedy: 'publish the event as a JSON object',
    retry: 'edit',
    fixer: 'producers',
  },
  MESSAGE_TOO_LARGE: {
    stage: 'normalization',
    meaning: 'the message is larger than 256 KiB',
    remedy: 'leave out what rules do not need, or send a reference to it',
    retry: 'edit',
    fixer: 'producers',
  },
  ENCODING_INVALID: {
    stage: 'normalization',
    meaning: 'the message is not valid UTF-8',
    remedy: 'encode the JSON as UTF-8',
    retry: 'edit',
    fixer: 'producers',
  },
  JSON_INVALID: {
    stage: 'normalization',
    meaning: 'the message is not JSON',
    remedy:
      'publish the event as a JSON object; NaN and Infinity are not JSON: send null or leave the field out',
    retry: 'edit',
    fixer: 'producers',
  },
  JSON_TOO_DEEP: {
    stage: 'normalization',
    meaning: 'the JSON is nested deeper than 64 levels',
    remedy: 'flatten it',
    retry: 'edit',
    fixer: 'producers',
  },
  JSON_NOT_AN_OBJECT: {
    stage: 'normalization',
    meaning: 'the message is JSON, but not an object',
    remedy: 'publish one event a message, as an object; an array of events can go to the webhook',
    retry: 'edit',
    fixer: 'producers',
  },
  TEXT_HAS_NUL: {
    stage: 'normalization',
    meaning: 'a text contains the NUL character',
    remedy: 'remove it: no database column and no phone number holds one',
    retry: 'edit',
    fixer: 'producers',
  },
  CUSTOMER_MISSING: {
    stage: 'normalization',
    meaning: 'the event names no customer',
    remedy: 'set customer_id to the UUID or phone number of the customer',
    retry: 'edit',
    fixer: 'producers',
  },
  CUSTOMER_INVALID: {
    stage: 'normalization',
    meaning: 'customer_id cannot be read',
    remedy: 'send it as text, in quotes: a number loses leading zeros',
    retry: 'edit',
    fixer: 'producers',
  },
  EVENT_TYPE_MISSING: {
    stage: 'normalization',
    meaning: 'the event has no type',
    remedy: 'set event_type, for example to recharge',
    retry: 'edit',
    fixer: 'producers',
  },
  EVENT_TYPE_INVALID: {
    stage: 'normalization',
    meaning: 'event_type cannot be read',
    remedy: 'send a short text such as data_usage',
    retry: 'edit',
    fixer: 'producers',
  },
  EVENT_ID_INVALID: {
    stage: 'normalization',
    meaning: 'the event id cannot be read',
    remedy: 'send a text or a whole number that is unique within the source, or leave it out',
    retry: 'edit',
    fixer: 'producers',
  },
  EVENT_ID_CONFLICT: {
    stage: 'normalization',
    meaning: 'another event with this id, but with other content, was accepted before',
    remedy: 'give this event an id of its own; the first one stays',
    retry: 'edit',
    fixer: 'producers',
  },
  TIMESTAMP_MISSING: {
    stage: 'normalization',
    meaning: 'the event has no timestamp',
    remedy: 'set timestamp to the time it happened at, in ISO 8601',
    retry: 'edit',
    fixer: 'producers',
  },
  TIMESTAMP_INVALID: {
    stage: 'normalization',
    meaning: 'timestamp cannot be read',
    remedy: 'send an existing date and time in ISO 8601, such as 2026-11-23T09:00:00Z',
    retry: 'edit',
    fixer: 'producers',
  },
  TIMESTAMP_IN_FUTURE: {
    stage: 'normalization',
    meaning: 'the event lies more than 24 hours after its message',
    remedy: 'check the year, the zone and the clock of the producer',
    retry: 'edit',
    fixer: 'producers',
  },
  TIMESTAMP_TOO_OLD: {
    stage: 'normalization',
    meaning: 'the event lies before the time from which on events are still taken',
    remedy: 'what it would change is settled; have the points corrected by hand (laurel adjust)',
    retry: 'edit',
    fixer: 'producers',
  },
  REVERSES_INVALID: {
    stage: 'normalization',
    meaning: 'reverses cannot be read',
    remedy: 'set it to the event_id of the event that never happened, or leave it out',
    retry: 'edit',
    fixer: 'producers',
  },
  VALUE_INVALID: {
    stage: 'normalization',
    meaning: 'value cannot be read',
    remedy: 'send a number such as 100.5',
    retry: 'edit',
    fixer: 'producers',
  },
  VALUE_OUT_OF_RANGE: {
    stage: 'normalization',
    meaning: 'value is too large to add up exactly',
    remedy: 'check its unit: one event carries at most a billion',
    retry: 'edit',
    fixer: 'producers',
  },
  VALUE_NEGATIVE: {
    stage: 'normalization',
    meaning: 'a recharge or data usage must not be negative',
    remedy: 'send a correction as an event type of its own',
    retry: 'edit',
    fixer: 'producers',
  },
  METADATA_INVALID: {
    stage: 'normalization',
    meaning: 'metadata is not an object',
    remedy: 'send an object, or leave it out',
    retry: 'edit',
    fixer: 'producers',
  },
  SOURCE_INVALID: {
    stage: 'normalization',
    meaning: 'source cannot be read',
    remedy: 'send the name of the producing system as text, such as crm',
    retry: 'edit',
    fixer: 'producers',
  },
  SOURCE_UNKNOWN: {
    stage: 'normalization',
    meaning: 'no source of this name is configured',
    remedy: 'correct the name, or add it to sources.yaml and retry',
    retry: 'change',
    fixer: 'platform',
  },
  SOURCE_DISABLED: {
    stage: 'normalization',
    meaning: 'this source is switched off',
    remedy: 'set enabled: true for it in sources.yaml, restart the workers, and retry',
    retry: 'change',
    fixer: 'platform',
  },
  SOURCE_FORBIDDEN: {
    stage: 'normalization',
    meaning: 'the event names another source than the one its token belongs to',
    remedy: 'leave source out, or use the token of that source',
    retry: 'edit',
    fixer: 'producers',
  },
  EVENT_REFUSED: {
    stage: 'normalization',
    meaning: 'the database refused this event',
    remedy: 'read the message of PostgreSQL, correct the event, and retry',
    retry: 'edit',
    fixer: 'producers',
  },
  RULE_FAILED: {
    stage: 'gamification',
    meaning: 'a rule could not be evaluated on this event, which therefore counts for no rule',
    remedy:
      'publish the program with onError: skip on this rule, and a rule that can; or have the event sent again, corrected',
    retry: 'change',
    fixer: 'loyalty',
  },
  EVENT_KILLS_WORKER: {
    stage: 'gamification',
    meaning:
      'applying the rules to this event ended its worker or never came to an end, and so it counts for no rule',
    remedy:
      'report the event with the version of Laurel, and retry it under the next one; or have it reversed and sent again, corrected',
    retry: 'change',
    fixer: 'developers',
  },
  MESSAGE_KILLS_WORKER: {
    stage: 'normalization',
    meaning: 'reading this message ended its worker, or never came to an end',
    remedy: 'report the message with the version of Laurel, and retry it under the next one',
    retry: 'change',
    fixer: 'developers',
  },
  STAGE_FAILED: {
    stage: 'normalization',
    meaning: 'Laurel itself failed on this event',
    remedy: 'retry it; if it fails again, report the message with the version of Laurel',
    retry: 'now',
    fixer: 'developers',
  },
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof FAILURES

/** Why one event was refused. `got` may hold personal data: mask it before showing it. */
export interface Rejection {
  readonly code: FailureCode
  /** RFC 6901 pointer to the offending place; empty for the whole message. */
  readonly pointer: string
  readonly expected: string
  readonly got: string
}

const LONGEST_QUOTE = 80

/** A value as an error quotes it: its JSON, shortened. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing'
  // 1e400 is JSON, but no double holds it, and JSON.stringify would call it null.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE).toWellFormed()}…` : text
}

/** One sentence with what is wrong, where, and what to do: the first line of a failed job's error. */
export function describeRejection({ code, pointer, expected, got }: Rejection): string {
  const { meaning, remedy } = FAILURES[code]
  const place = pointer === '' ? '' : `${pointer}: `
  return `${code}: ${place}${meaning} (expected ${expected}, got ${got}). To do: ${remedy}.`
}

const LONGEST_TEXT = 300

/** A text of a failure, short enough for an index and whole as UTF-8, whatever an event holds. */
export function bounded(text: string): string {
  return (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text).toWellFormed()
}

/** What failures of one cause share, so that they can be counted and repaired together. */
export function causeOf(code: FailureCode, detail: string, source: string): string {
  return bounded([code, detail, source].filter((part) => part !== '').join(' '))
}

/** Thrown inside normalization to leave it; never across a library's border. */
export class Rejected extends Error {
  readonly rejection: Rejection

  constructor(code: FailureCode, pointer: string, expected: string, got: unknown) {
    super(code)
    this.rejection = { code, pointer, expected, got: quote(got) }
  }
}
