import { describeRejection } from '#domain/failure.ts'
import type { Cause } from '#store/failure-filter.ts'
import type { Failure } from '#store/failures.ts'
import { maskContent } from './mask.ts'
import type { Person } from './person.ts'

/** What a message or a person brought in, in contrast to what Laurel made: it may say who somebody is. */
const BROUGHT = [
  'pointer',
  'expected',
  'got',
  'fingerprint',
  'source',
  'claim',
  'customer',
  'original',
  'fix',
  'discarded',
  'reason',
  'owner',
  'note',
]

type Shown = Failure & { readonly reason: string }

/** A failure as somebody may see it, with what an operator reads of it. */
export function shownTo(person: Person, failure: Failure): Shown {
  return masked(person, { ...failure, reason: describeRejection(failure) })
}

export function causeShownTo(person: Person, cause: Cause): Cause {
  return masked(person, cause)
}

function masked<T extends object>({ role }: Person, whole: T): T {
  if (role !== 'viewer') return whole
  const brought = Object.fromEntries(Object.entries(whole).filter(([name]) => BROUGHT.includes(name)))
  return { ...whole, ...(maskContent(brought) as Partial<T>) }
}
