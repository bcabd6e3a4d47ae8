import type { Program } from './program.ts'
import { rootOf, type Subject, subjectKey } from './subject.ts'

/** What rules may know of a customer besides the events. */
export interface Customer {
  /** Every subject of theirs. */
  readonly subjects: readonly Subject[]
  /** 0 to 99, from their root: always the same, and as many customers in each. */
  readonly bucket: number
}

/**
 * A program as it applies to one customer, who is a part of what is folded by: the same wherever their history is.
 *
 * @param subjects all that the customer has by now, in any order; none for nobody in particular
 */
export function appliedTo(program: Program, subjects: readonly Subject[]): Program {
  // Nearly no program looks at who somebody is.
  if (!program.looksAtCustomer || subjects.length === 0) return program
  return { ...program, customer: new Known(subjects) }
}

/** The bucket is worked out where somebody asks for it. */
class Known implements Customer {
  readonly subjects: readonly Subject[]

  constructor(subjects: readonly Subject[]) {
    this.subjects = subjects
  }

  get bucket(): number {
    return bucketOf(rootOf(this.subjects as [Subject, ...Subject[]]))
  }
}

/**
 * 0 to 99. By the UTF-16 of the subject's key and nothing else, so that it is the same in every installation, and for ever: FNV-1a
 * with the finalizer of MurmurHash3, since FNV alone spreads the last characters of similar numbers badly.
 */
export function bucketOf(subject: Subject): number {
  let hash = 0x811c9dc5
  const key = subjectKey(subject)
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % 100
}
