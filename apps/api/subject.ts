import { parseSubject, type Subject } from '#domain/subject.ts'
import type { Context } from '#pipeline/context.ts'
import { findSubjects, subjectKey } from '#store/subjects.ts'
import { Problem } from './problem.ts'

export interface KnownCustomer {
  readonly customerId: number
  readonly subject: Subject
}

/** The subjects that an id can mean: a phone number without its country code is one of each source's country. */
export function readingsOf(id: string, { byName }: Context['sources']): readonly Subject[] {
  const countries = new Set([...byName.values()].map(({ country }) => country))
  const subjects = [...countries].map((country) => parseSubject(id, country))
  return [...new Map(subjects.map((subject) => [subjectKey(subject), subject])).values()]
}

/**
 * The customer that an id names in any of its spellings.
 *
 * @throws Problem not-found, with what the id was read as
 */
export async function findCustomer(
  { database, sources }: Pick<Context, 'database' | 'sources'>,
  id: string,
): Promise<KnownCustomer> {
  const readings = readingsOf(id, sources)
  const found = await findSubjects(database.sql, readings)
  for (const subject of readings) {
    const customerId = found.get(subjectKey(subject))
    if (customerId !== undefined) return { customerId, subject }
  }
  const names = readings.map(({ kind, value }) => `${KINDS[kind]} ${value}`).join(' or ')
  throw new Problem(
    'not-found',
    `no event of ${names} has been accepted, which is what this id was read as: check its spelling, and write a ` +
      'phone number with its country code',
  )
}

const KINDS = { msisdn: 'the phone number', uuid: 'the UUID', other: 'the id' } as const
