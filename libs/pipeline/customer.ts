import type { Sources } from '#domain/source.ts'
import { parseSubject, type Subject, subjectKey } from '#domain/subject.ts'
import type { Sql } from '#store/database.ts'
import { findSubjects, subjectsOf } from '#store/subjects.ts'

export interface KnownCustomer {
  readonly customerId: number
  /** The number of the subject that the customer was asked for by. */
  readonly subjectId: number
  /** Every subject of the customer, the root first. */
  readonly subjects: readonly Subject[]
  /** Their numbers: what was settled of a subject's past before it was joined is kept under its own. */
  readonly numbers: readonly number[]
}

/** The subjects that an id can mean: a phone number without its country code is one of each source's country. */
export function readingsOf(id: string, { byName }: Sources): readonly Subject[] {
  const countries = new Set([...byName.values()].map(({ country }) => country))
  const subjects = [...countries].map((country) => parseSubject(id, country))
  return [...new Map(subjects.map((subject) => [subjectKey(subject), subject])).values()]
}

const KINDS = { msisdn: 'the phone number', uuid: 'the UUID', other: 'the id' } as const

/** The customer that an id names in any of its spellings; else what it was read as, for the answer. */
export async function lookUpCustomer(
  sql: Sql,
  sources: Sources,
  id: string,
): Promise<KnownCustomer | { readonly unknown: string }> {
  const readings = readingsOf(id, sources)
  const found = await findSubjects(sql, readings)
  for (const subject of readings) {
    const row = found.get(subjectKey(subject))
    if (!row) continue
    const rows = (await subjectsOf(sql, [row.customerId])).toSorted((a, b) =>
      subjectKey(a) < subjectKey(b) ? -1 : 1,
    )
    return {
      customerId: row.customerId,
      subjectId: row.id,
      subjects: rows.map(({ kind, value }) => ({ kind, value })),
      numbers: rows.map(({ id }) => id),
    }
  }
  const names = readings.map(({ kind, value }) => `${KINDS[kind]} ${value}`).join(' or ')
  return {
    unknown:
      `no event of ${names} has been accepted, which is what this id was read as: check its spelling, and write a ` +
      'phone number with its country code',
  }
}
