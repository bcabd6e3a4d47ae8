import type { NormalEvent } from '#domain/event.ts'
import { bounded, causeOf, FAILURES, type Rejection } from '#domain/failure.ts'
import type { Sources } from '#domain/source.ts'
import { maskSubject, type Subject, subjectKey } from '#domain/subject.ts'
import { insertBatch, nextBatch, recordedBatch } from '#store/batches.ts'
import { type Database, isOfStatement, isTransient, type Sql, type Transaction } from '#store/database.ts'
import { insertDuplicates } from '#store/duplicates.ts'
import { ERASED, eventFingerprints, insertEvents } from '#store/events.ts'
import {
  failuresOfMessages,
  failuresWithin,
  insertFailures,
  type NewFailure,
  resolveFailures,
  type SeenFailure,
} from '#store/failures.ts'
import { joinCustomers } from '#store/links.ts'
import { announceFailures } from '#store/outbox.ts'
import { resolveSubjects } from '#store/subjects.ts'
import { inSavepoint, inTransaction } from '#store/transaction.ts'
import { type Delivery, type Prepared, prepare } from './delivery.ts'
import { fingerprintOf, messageIdentity } from './identity.ts'

/** Where so many offsets lie between two messages, as in a repair, others' failures lie between them, too. */
const SPARSE = 4

/** The topic of what came by webhook. */
export const WEBHOOK = 'webhook'

/** Messages that are recorded in one transaction. */
export interface Recording {
  /** Recorded once: a second recording under the same key changes nothing. */
  readonly key: string
  readonly topic: string
  readonly partition: number
  readonly deliveries: readonly Delivery[]
  /** Whether much more of the partition lay unread behind them. */
  readonly isBehind?: boolean
  /** Whether producers are told of what is refused: not where they get an answer anyway. */
  readonly announces?: boolean
}

/** What became of one message. */
export type Verdict =
  | {
      readonly status: 'accepted' | 'duplicate'
      readonly event: string
      readonly warnings: readonly string[]
    }
  | { readonly status: 'failed'; readonly failure: number; readonly rejection: Rejection }

export interface Recorded {
  readonly batch: number
  /** In the order of the deliveries; empty where the key had been recorded before. */
  readonly verdicts: readonly Verdict[]
  /** How many events are new: where there are any, scoring and gamification come next. */
  readonly accepted: number
  /** Whether there are failures that failed-events is to show. */
  readonly failed: boolean
}

/**
 * Records messages: each becomes an event, a duplicate of one, or a failure, all in one transaction.
 *
 * @param isolate whether an event that PostgreSQL refuses, or that fails in a way nobody foresaw, is looked
 *   for and becomes a failure, so that its neighbours are recorded; else such an error is thrown
 */
export async function record(
  database: Database,
  sources: Sources,
  recording: Recording,
  isolate: boolean,
): Promise<Recorded> {
  try {
    return await inTransaction(database, async (transaction) => {
      const { id, horizon } = await nextBatch(transaction)
      const prepared = recording.deliveries.map((delivery) => prepare(delivery, sources, horizon))
      return write(transaction, id, recording, prepared, isolate)
    })
  } catch (error) {
    if (!(error instanceof AlreadyRecorded)) throw error
    const before = await recordedBefore(database, recording.key)
    if (before === undefined) throw error
    return before
  }
}

/** What is left to say of a batch that has been recorded; undefined where it has not. */
export async function recordedBefore({ sql }: Database, key: string): Promise<Recorded | undefined> {
  const batch = await recordedBatch(sql, key)
  return batch === undefined ? undefined : { batch, verdicts: [], accepted: 0, failed: false }
}

/** Rolls back a transaction whose batch another one has recorded meanwhile. */
class AlreadyRecorded extends Error {}

type Acceptable = Extract<Prepared, { identity: string }>
type Refused = Extract<Prepared, { rejection: Rejection }>
/** What the events table made of an event. */
type Insertion = 'accepted' | 'duplicate' | Rejection

async function write(
  sql: Transaction,
  batch: number,
  recording: Recording,
  prepared: readonly Prepared[],
  isolate: boolean,
): Promise<Recorded> {
  const before = await failedBefore(sql, recording)
  const repaired = (each: Prepared) =>
    each.delivery.fix === undefined ? before.get(each.delivery)?.event : undefined
  // In one order everywhere, halved or not: two transactions with the same events wait, and cannot deadlock.
  const acceptable = prepared
    .filter((each): each is Acceptable => 'identity' in each && !repaired(each))
    .toSorted((a, b) => (a.identity < b.identity ? -1 : a.identity > b.identity ? 1 : 0))
  const insertions = await insertAll(sql, batch, acceptable, isolate)
  const refused = prepared.flatMap((each): Refused[] => {
    if (repaired(each)) return []
    if ('rejection' in each) return [each]
    const insertion = insertions.get(each)!
    if (typeof insertion === 'string') return []
    return [{ delivery: each.delivery, rejection: insertion, customer: each.normal.subject.value }]
  })
  const failures = await recordFailures(sql, refused, recording, batch)
  const verdicts = prepared.map((each): Verdict => {
    const event = repaired(each)
    if (event) return { status: 'duplicate', event, warnings: [] }
    return failures.verdicts.get(each.delivery) ?? verdictOf(each as Acceptable, insertions)
  })
  const duplicates = prepared.flatMap(({ delivery }, i) => {
    const verdict = verdicts[i]!
    return verdict.status === 'duplicate'
      ? [{ batch, offset: Number(delivery.message.offset), event: verdict.event }]
      : []
  })
  await insertDuplicates(sql, duplicates)
  await resolveFailures(sql, nowCounted(prepared, verdicts, before))
  const accepted = verdicts.filter(({ status }) => status === 'accepted').length
  const offsets = recording.deliveries.map(({ message }) => Number(message.offset))
  const links = await linkSubjects(
    sql,
    batch,
    acceptable.filter((each) => insertions.get(each) === 'accepted'),
  )
  const isFirst = await insertBatch(
    sql,
    {
      id: batch,
      key: recording.key,
      topic: recording.topic,
      partition: recording.partition,
      firstOffset: offsets[0] ?? 0,
      lastOffset: offsets.at(-1) ?? 0,
      messages: offsets.length,
      reachedAt: reachOf(recording, acceptable),
    },
    {
      events: accepted,
      duplicates: duplicates.length,
      failures: verdicts.length - accepted - duplicates.length,
      links,
    },
  )
  if (!isFirst) throw new AlreadyRecorded(recording.key)
  return { batch, verdicts, accepted, failed: failures.opened }
}

/**
 * A backlog may have arrived just now, though all of it happened long ago: more of then is still to come. The middle of
 * its events tells, since some of them may be late, or have a clock that is wrong.
 */
function reachOf({ deliveries, isBehind }: Recording, events: readonly Acceptable[]): number | null {
  if (deliveries.length === 0) return null
  const arrived = Math.max(...deliveries.map(({ origin }) => origin.arrival))
  if (!isBehind) return arrived
  const times = events.map(({ normal }) => normal.at).sort((a, b) => a - b)
  const middle = times[times.length >> 1]
  return middle === undefined ? null : Math.min(arrived, middle)
}

/** Joins the customers that new events name together. */
async function linkSubjects(sql: Sql, batch: number, accepted: readonly Acceptable[]): Promise<number> {
  const linking = accepted.filter(({ normal }) => normal.others.length > 0)
  if (linking.length === 0) return 0
  const subjects = new Map<string, Subject>()
  for (const { normal } of linking)
    for (const each of [normal.subject, ...normal.others]) subjects.set(subjectKey(each), each)
  const rows = await resolveSubjects(sql, [...subjects.values()])
  const idOf = (subject: Subject) => rows.get(subjectKey(subject))!.id
  const links = linking.flatMap(({ normal, identity }) =>
    normal.others.map((other) => ({ subject: idOf(normal.subject), other: idOf(other), identity })),
  )
  return joinCustomers(sql, batch, links)
}

/**
 * What these messages left when they came before and failed: an open failure, or the event that it was
 * repaired to, of which the message is a duplicate then, whatever it would be by itself by now.
 */
export async function failedBefore(
  sql: Sql,
  recording: Omit<Recording, 'key'>,
): Promise<ReadonlyMap<Delivery, SeenFailure>> {
  const { topic, partition, deliveries } = recording
  // By coordinates where there are any: that spares a hash over each message that has never failed.
  const offsets = deliveries.map(({ message }) => Number(message.offset))
  const [first, last] = [Math.min(...offsets), Math.max(...offsets)]
  const isDense = topic !== WEBHOOK && last - first < deliveries.length * SPARSE
  const seen = isDense
    ? await failuresWithin(sql, topic, partition, first, last)
    : await failuresOfMessages(sql, deliveries.map(identityOfMessage))
  if (seen.size === 0) return new Map()
  return new Map(
    deliveries.flatMap((delivery): [Delivery, SeenFailure][] => {
      const failure = seen.get(identityOfMessage(delivery))
      return failure ? [[delivery, failure]] : []
    }),
  )
}

function identityOfMessage({ origin }: Delivery): string {
  return messageIdentity(origin.fallback())
}

/** A message that failed before, and counts now that it came again, is no failure any more. */
function nowCounted(
  prepared: readonly Prepared[],
  verdicts: readonly Verdict[],
  before: ReadonlyMap<Delivery, SeenFailure>,
): { id: number; event: string }[] {
  return prepared.flatMap(({ delivery }, i) => {
    const failure = before.get(delivery)
    const verdict = verdicts[i]!
    return failure && failure.state !== 'resolved' && verdict.status !== 'failed'
      ? [{ id: failure.id, event: verdict.event }]
      : []
  })
}

async function recordFailures(
  sql: Sql,
  refused: readonly Refused[],
  recording: Recording,
  batch: number,
): Promise<{ verdicts: ReadonlyMap<Delivery, Verdict>; opened: boolean }> {
  const rows = refused.map((each) => failureRow(each, recording, batch))
  // One message may stand twice in a request; it fails once.
  const opened = await insertFailures(sql, [...new Map(rows.map((row) => [row.message, row])).values()])
  if (recording.announces) await announceFailures(sql, [...opened.values()])
  const known = await failuresOfMessages(
    sql,
    rows.map(({ message }) => message).filter((message) => !opened.has(message)),
  )
  const verdicts = new Map(
    refused.map(({ delivery, rejection }, i): [Delivery, Verdict] => {
      const { message } = rows[i]!
      const event = known.get(message)?.event
      const failure = opened.get(message) ?? known.get(message)!.id
      return [
        delivery,
        event ? { status: 'duplicate', event, warnings: [] } : { status: 'failed', failure, rejection },
      ]
    }),
  )
  return { verdicts, opened: opened.size > 0 }
}

/** Inserts events; where told to isolate, those that PostgreSQL refuses are found by halving. */
async function insertAll(
  sql: Transaction,
  batch: number,
  events: readonly Acceptable[],
  isolate: boolean,
): Promise<ReadonlyMap<Prepared, Insertion>> {
  if (!isolate) return insert(sql, batch, events)
  try {
    return await inSavepoint(sql, (inner) => insert(inner, batch, events))
  } catch (error) {
    if (isTransient(error) || isOfStatement(error)) throw error
    const [first] = events
    if (events.length === 1 && first) {
      const got = error instanceof Error ? error.message : String(error)
      return new Map([
        [first, { code: 'EVENT_REFUSED', pointer: '', expected: 'an event that can be stored', got }],
      ])
    }
    const middle = events.length >> 1
    const left = await insertAll(sql, batch, events.slice(0, middle), isolate)
    const right = await insertAll(sql, batch, events.slice(middle), isolate)
    return new Map([...left, ...right])
  }
}

async function insert(
  sql: Sql,
  batch: number,
  events: readonly Acceptable[],
): Promise<ReadonlyMap<Prepared, Insertion>> {
  // Of two deliveries of one event in one batch the first one is the event.
  const first = new Map<string, Acceptable>()
  for (const event of events) if (!first.has(event.identity)) first.set(event.identity, event)
  // Those that are only linked, too: created later, they would be created out of order, and two batches deadlock.
  const subjects = new Map(
    [...first.values()]
      .flatMap(({ normal }) => [normal.subject, ...normal.others])
      .map((subject) => [subjectKey(subject), subject]),
  )
  const rows = await resolveSubjects(sql, [...subjects.values()])
  const inserted = await insertEvents(
    sql,
    [...first.values()].map(({ identity, normal, reverses, text, delivery }) => ({
      identity,
      subjectId: rows.get(subjectKey(normal.subject))!.id,
      batchId: batch,
      at: normal.at,
      value: normal.value,
      offset: Number(delivery.message.offset),
      arrivedAt: delivery.origin.arrival,
      fingerprint: fingerprintOf(normal.fingerprint),
      source: normal.source,
      type: normal.type,
      identityKind: normal.claim.kind,
      flags: normal.flags.length > 0 ? normal.flags.join(' ') : null,
      reverses,
      payload: text,
    })),
  )
  const others = events.filter(
    (event) => !inserted.has(event.identity) || first.get(event.identity) !== event,
  )
  const known = await eventFingerprints(
    sql,
    others.map(({ identity }) => identity),
  )
  return new Map(
    events.map((event): [Prepared, Insertion] => {
      if (inserted.has(event.identity) && first.get(event.identity) === event) return [event, 'accepted']
      return [event, isResend(event.normal, known.get(event.identity)) ? 'duplicate' : conflict(event)]
    }),
  )
}

/** Whether an event is the one that is stored under its identity with this fingerprint; else they are in conflict. */
export function isResend(normal: NormalEvent, stored: string | undefined): boolean {
  // Of an erased event nothing is left to compare with.
  return stored === ERASED || stored === fingerprintOf(normal.fingerprint)
}

function conflict({ normal, identity }: Acceptable): Rejection {
  return {
    code: 'EVENT_ID_CONFLICT',
    pointer: '/event_id',
    expected: `the content that event ${identity} came with`,
    got: normal.fingerprint,
  }
}

function verdictOf(event: Acceptable, insertions: ReadonlyMap<Prepared, Insertion>): Verdict {
  const status = insertions.get(event) as 'accepted' | 'duplicate'
  const warnings = event.normal.flags.map((flag) => FLAG_WARNINGS[flag])
  return { status, event: event.identity, warnings }
}

const FLAG_WARNINGS = {
  AMOUNT_IGNORED: 'value and amount differ: value counts, amount is ignored',
}

function failureRow(
  { delivery, rejection, customer }: Refused,
  recording: Recording,
  batch: number,
): NewFailure {
  const { message, origin } = delivery
  return {
    ...rejection,
    pointer: bounded(rejection.pointer),
    got: bounded(mask(rejection.got)),
    stage: FAILURES[rejection.code].stage,
    message: messageIdentity(origin.fallback()),
    fingerprint: causeOf(rejection.code, rejection.pointer, origin.source),
    batchId: batch,
    topic: recording.topic,
    partition: recording.partition,
    offset: Number(message.offset),
    source: origin.source,
    bound: origin.bound,
    claim: JSON.stringify(origin.fallback()),
    customer: customer && bounded(customer),
    original: JSON.stringify(message),
    program: null,
  }
}

/** Digits that may be a phone number are nobody's business in an error message. */
function mask(text: string): string {
  return text.replace(/\+?\d{8,15}/g, maskSubject)
}
