import { LaurelError } from '#domain/error.ts'
import type { FailureCode } from '#domain/failure.ts'
import type { Sources } from '#domain/source.ts'
import { spellingsOf } from '#domain/subject.ts'
import type { FailureFilter } from '#store/failure-filter.ts'
import type { FailureState } from '#store/failures.ts'
import { readingsOf } from './customer.ts'
import { identityOf } from './identity.ts'

/** Which failures somebody means, in the words of commands and requests; what is left out does not matter. */
export interface Selection {
  readonly ids?: readonly number[] | undefined
  readonly state?: FailureState | undefined
  readonly code?: FailureCode | undefined
  /** A cause. */
  readonly fingerprint?: string | undefined
  readonly source?: string | undefined
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  readonly offset?: number | undefined
  /** A customer id in any of its usual spellings. */
  readonly customer?: string | undefined
  /** The event_id that an event brought, or Laurel's own. */
  readonly event?: string | undefined
  /** First seen from this instant on, Unix ms. */
  readonly since?: number | undefined
  /** First seen before this instant, Unix ms. */
  readonly until?: number | undefined
  /** Numbers larger than this. */
  readonly after?: number | undefined
}

const FIELDS = [
  'ids',
  'state',
  'code',
  'fingerprint',
  'source',
  'topic',
  'partition',
  'offset',
  'customer',
  'event',
  'since',
  'until',
  'after',
] as const satisfies readonly (keyof Selection)[]

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** What a selection asks the store for. Whatever else the object holds is left out. */
export function filterOf(selection: Selection, sources: Sources): FailureFilter {
  const { customer, event } = selection
  const chosen = FIELDS.flatMap((field) => {
    const value = selection[field]
    return value === undefined || (field === 'ids' && selection.ids?.length === 0) ? [] : [[field, value]]
  })
  return {
    ...(Object.fromEntries(chosen) as FailureFilter),
    ...(customer !== undefined && { customer: waysToWrite(customer, sources) }),
    ...(event !== undefined && {
      event: { id: event, identities: identitiesOf(event, sources), keys: keysOf(sources) },
    }),
  }
}

function waysToWrite(customer: string, sources: Sources): readonly string[] {
  return [...new Set([customer, ...readingsOf(customer, sources).flatMap(spellingsOf)])]
}

/** An event id may be any source's. */
function identitiesOf(id: string, sources: Sources): readonly string[] {
  const own = UUID.test(id) ? [id.toLowerCase()] : []
  return [...own, ...[...sources.byName.keys()].map((source) => identityOf(source, { kind: 'event_id', id }))]
}

/** What an event id's key is called, wherever in the JSON a source has it. */
function keysOf({ byName }: Sources): readonly string[] {
  const keys = [...byName.values()].map(({ fields }) => fields.get('event_id')?.at(-1) ?? 'event_id')
  return [...new Set(['event_id', ...keys])]
}

/**
 * Refuses what changes things where it was not said which: a state alone says too little.
 *
 * @throws LaurelError ARGUMENT_INVALID
 */
export function assertSelected(selection: Selection): void {
  const { state, after, ...rest } = selection
  if (describe(rest) !== '') return
  throw new LaurelError(
    'ARGUMENT_INVALID',
    'Say which: numbers of failures, or a code, fingerprint, source, topic, customer, event, since or until.',
  )
}

/** What was meant, in words that stand in the audit log. */
export function describeSelection(selection: Selection): string {
  return `failures: ${describe(selection) || 'all'}`
}

function describe(selection: Selection): string {
  return FIELDS.flatMap((field) => {
    const value = selection[field]
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return []
    const isTime = field === 'since' || field === 'until'
    return `${field} ${isTime ? new Date(Number(value)).toISOString() : [value].flat().join(' ')}`
  }).join(', ')
}
