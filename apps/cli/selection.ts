import { type Command, Option } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { FAILURES } from '#domain/failure.ts'
import type { Sources } from '#domain/source.ts'
import { identityOf } from '#pipeline/identity.ts'
import type { FailureFilter } from '#store/failure-filter.ts'
import { instant } from './time.ts'

/** Which failures a command is about, as its options say. */
export interface Selection {
  readonly code?: string
  readonly fingerprint?: string
  readonly source?: string
  readonly topic?: string
  readonly customer?: string
  readonly event?: string
  readonly since?: number
  readonly until?: number
}

export function withSelection(command: Command): Command {
  return command
    .addOption(new Option('--code <code>', 'only this code').choices(Object.keys(FAILURES)))
    .option('--fingerprint <text>', 'only this cause: npx laurel failures causes lists them')
    .option('--source <name>', 'only this source')
    .option('--topic <name>', 'only this topic')
    .option('--customer <id>', 'only this customer id, as the message has it')
    .option('--event <id>', "only this event: the event_id that it brought, or Laurel's own")
    .addOption(
      new Option('--since <time>', 'first seen from then on, such as 2026-11-24T08:00Z').argParser(instant),
    )
    .addOption(new Option('--until <time>', 'first seen before then').argParser(instant))
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** What the options, and the numbers beside them, ask the store for. */
export function filterOf(selection: Selection, sources: Sources, ids: readonly number[] = []): FailureFilter {
  const { code, fingerprint, source, topic, customer, event, since, until } = selection
  return {
    ...(ids.length > 0 && { ids }),
    ...(code !== undefined && { code }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(source !== undefined && { source }),
    ...(topic !== undefined && { topic }),
    ...(customer !== undefined && { customer }),
    ...(event !== undefined && { messages: identitiesOf(event, sources) }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

/** An event id may be any source's. */
function identitiesOf(id: string, sources: Sources): readonly string[] {
  const own = UUID.test(id) ? [id.toLowerCase()] : []
  return [...own, ...[...sources.byName.keys()].map((source) => identityOf(source, { kind: 'event_id', id }))]
}

/**
 * Refuses a command that changes things where it was not said which.
 *
 * @throws LaurelError ARGUMENT_INVALID
 */
export function assertSelected(filter: FailureFilter): void {
  if (Object.keys(filter).length > 0) return
  throw new LaurelError(
    'ARGUMENT_INVALID',
    'Say which: numbers of failures, or --code, --fingerprint, --source, --topic, --customer, --event, --since or ' +
      '--until.',
  )
}

/** What was meant, in words that stand in the audit log. */
export function describeSelection(filter: FailureFilter): string {
  const words = Object.entries(filter).map(([field, value]) => {
    const isTime = field === 'since' || field === 'until'
    return `${field} ${isTime ? new Date(Number(value)).toISOString() : [value].flat().join(' ')}`
  })
  return `failures: ${words.join(', ')}`
}
