import { isUtf8 } from 'node:buffer'
import type { Rejection } from '#domain/failure.ts'
import type { Sources } from '#domain/source.ts'
import { subjectKey } from '#domain/subject.ts'
import { type Prepared, prepare } from '#pipeline/delivery.ts'
import { coordinates, fingerprintOf } from '#pipeline/identity.ts'
import { linesOf } from './lines.ts'
import { Spool } from './spool.ts'
import { Unions } from './unions.ts'

/** What became of a file's lines. Every line but the empty ones is one of accepted, resent and refused. */
export interface Intake {
  lines: number
  accepted: number
  /** Events that came before. */
  resent: number
  refused: number
  /** Of the accepted, those that only say that another one never happened. */
  reversals: number
  /** When the last of the accepted happened, Unix ms. */
  last: number
}

/** A line that is no event. */
export interface Refusal extends Pick<Rejection, 'code' | 'pointer' | 'expected'> {
  /** From 1. */
  readonly line: number
}

export interface IntakeOptions {
  readonly file: string
  /** The topic whose source an event has that names none. */
  readonly topic: string
  readonly sources: Sources
  /** The types of the events of which what they say besides type, source and value is needed. */
  readonly payloads: ReadonlySet<string>
  /** When the file's events count as arrived, Unix ms: what lies more than a day later is refused. */
  readonly arrival: number
  /** Where temporary files go. */
  readonly directory: string
  /** Into how many parts. */
  readonly parts: number
  readonly refuse: (refusal: Refusal) => void
}

/** A file's events, each once, divided by customer. */
export interface Sorted extends Intake {
  /**
   * Records of subject, identity, time, type, source, value and payload, those of one customer in one part. An empty
   * identity only says that the subject is known.
   */
  readonly customers: Spool
  /** Which subjects are one customer. */
  readonly links: Unions
  /** The identities of events that never happened. */
  readonly undone: ReadonlySet<string>
}

/**
 * Reads a file as the pipeline reads Kafka: the same normalization, identity, resends, conflicts, reversals and links.
 * Memory holds one part at a time, the links and the reversals, but never all the events.
 */
export async function takeIn(options: IntakeOptions): Promise<Sorted> {
  const count: Intake = { lines: 0, accepted: 0, resent: 0, refused: 0, reversals: 0, last: 0 }
  const identities = new Spool(options.directory, 'identities', options.parts)
  // Of refused and resent lines, too: it decides nothing but which customers are in one part.
  const neighbours = new Unions()
  const refuse = (refusal: Refusal) => {
    count.refused++
    options.refuse(refusal)
  }
  for await (const prepared of preparedFrom(options, count)) {
    if ('rejection' in prepared) {
      const { code, pointer, expected } = prepared.rejection
      refuse({ line: Number(prepared.delivery.message.offset), code, pointer, expected })
      continue
    }
    const { normal, identity, reverses, text, delivery } = prepared
    const subject = subjectKey(normal.subject)
    const others = normal.others.map(subjectKey)
    for (const other of others) neighbours.unite(subject, other)
    identities.add(identity, [
      identity,
      delivery.message.offset,
      fingerprintOf(normal.fingerprint),
      reverses ?? '',
      others.length,
      ...others,
      subject,
      reverses === null ? identity : '',
      normal.at,
      normal.type,
      normal.source,
      normal.value ?? '',
      // JSON has tabs between its parts only.
      options.payloads.has(normal.type) ? text.replaceAll('\t', ' ') : '{}',
    ])
  }
  const customers = new Spool(options.directory, 'customers', options.parts)
  const links = new Unions()
  const undone = new Set<string>()
  for (const records of identities.parts()) {
    // Of two lines of one identity the first one is the event.
    const fingerprints = new Map<string, string>()
    for (const [identity, line, fingerprint, reverses, others, ...rest] of records) {
      const known = fingerprints.get(identity!)
      if (known === undefined) fingerprints.set(identity!, fingerprint!)
      else if (known === fingerprint) {
        count.resent++
        continue
      } else {
        const expected = `the content that event ${identity} came with`
        refuse({ line: Number(line), code: 'EVENT_ID_CONFLICT', pointer: '/event_id', expected })
        continue
      }
      count.accepted++
      const event = rest.slice(Number(others))
      const subject = event[0]!
      for (const other of rest.slice(0, Number(others)))
        if (links.find(subject) !== links.find(other)) links.unite(own(subject), own(other))
      if (reverses === '') count.last = Math.max(count.last, Number(event[2]))
      else {
        count.reversals++
        undone.add(own(reverses!))
      }
      customers.add(neighbours.find(subject), event)
    }
  }
  identities.remove()
  return { ...count, customers, links, undone }
}

/** A text that does not keep the line alive that it was cut from. */
function own(text: string): string {
  return Buffer.from(text).toString()
}

async function* preparedFrom(options: IntakeOptions, count: Intake): AsyncGenerator<Prepared> {
  const { file, topic, sources, arrival } = options
  const source = sources.byTopic.get(topic) ?? 'kafka'
  let line = 0
  for await (const lines of linesOf(file)) {
    for (const bytes of lines) {
      line++
      const value = isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') }
      if (typeof value === 'string' && value.trim() === '') continue
      count.lines++
      // The place in the file stands for the place in Kafka, of an event with nothing else to tell it by.
      const message = { offset: String(line), timestamp: 0, value }
      const fallback = () => coordinates('file', topic, 0, message)
      const origin = { source, bound: false, arrival, headerId: undefined, fallback }
      yield prepare({ message, origin }, sources)
    }
  }
}
