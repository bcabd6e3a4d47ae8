import type { Event } from '#domain/event.ts'
import { type GameState, NEW_GAME } from '#domain/fold.ts'
import type { Program } from '#domain/program.ts'
import { type Change, extend } from '#domain/refold.ts'
import { addEvents, NO_SCORES, type ScoreState } from '#domain/score.ts'
import type { Sources } from '#domain/source.ts'
import { type Subject, subjectKey } from '#domain/subject.ts'
import { EVENTS_AT_ONCE } from '#pipeline/claimed.ts'
import { deliveriesOf, prepare } from '#pipeline/delivery.ts'
import { fingerprintOf } from '#pipeline/identity.ts'
import type { EventRow } from '#store/events.ts'
import { BATCH } from '../arrival.ts'
import type { LoadEvent } from '../load.ts'

/** A batch's rows, but for the numbers that PostgreSQL gives. */
export interface BatchRows {
  readonly key: string
  readonly offset: number
  readonly subjects: readonly Subject[]
  readonly events: readonly (Omit<EventRow, 'subjectId' | 'batchId'> & { readonly subject: string })[]
}

/** What some batches in a row leave behind: all of it worked out, nothing of it written. */
export interface Portion {
  readonly batches: readonly BatchRows[]
  /** By the key of the customer's subject. */
  readonly scores: ReadonlyMap<string, ScoreState>
  readonly changes: readonly {
    readonly subject: string
    readonly revision: number
    readonly change: Change
  }[]
}

/** Batches that scoring and gamification take together where many wait. */
const TOGETHER = EVENTS_AT_ONCE / BATCH
const TOPIC = 'customer-events'

/**
 * Works out in memory everything that the stages would write for events which come in the order of time.
 *
 * @param arrival when every message arrives, Unix ms
 */
export function rowsOf(
  events: readonly LoadEvent[],
  partition: number,
  program: Program,
  sources: Sources,
  arrival: number,
): readonly Portion[] {
  const games = new Map<string, { state: GameState; revision: number }>()
  const scores = new Map<string, ScoreState>()
  const portions: Portion[] = []
  for (let begin = 0; begin < events.length; begin += TOGETHER * BATCH) {
    const batches: BatchRows[] = []
    for (let offset = begin; offset < Math.min(events.length, begin + TOGETHER * BATCH); offset += BATCH) {
      batches.push(batchOf(events.slice(offset, offset + BATCH), offset, partition, sources, arrival))
    }
    const own = new Map<string, Event[]>()
    for (const event of batches.flatMap((batch) => batch.events))
      own.set(event.subject, [...(own.get(event.subject) ?? []), event])
    const changes = [...own].map(([subject, mine]) => {
      const { state, revision } = games.get(subject) ?? { state: NEW_GAME, revision: 0 }
      const change = extend(state, mine, program)
      games.set(subject, { state: change.state, revision: revision + 1 })
      scores.set(subject, addEvents(scores.get(subject) ?? NO_SCORES, mine, program.scores, program.zone))
      return { subject, revision, change }
    })
    portions.push({
      batches,
      scores: new Map([...own.keys()].map((subject) => [subject, scores.get(subject)!])),
      changes,
    })
  }
  return portions
}

function batchOf(
  events: readonly LoadEvent[],
  offset: number,
  partition: number,
  sources: Sources,
  arrival: number,
): BatchRows {
  const key = `${TOPIC}/${partition}/${offset}`
  const messages = events.map(({ text }, i) => ({
    offset: String(offset + i),
    timestamp: arrival,
    value: text,
  }))
  const deliveries = deliveriesOf({ key, cluster: 'bench', topic: TOPIC, partition, messages }, sources)
  const subjects = new Map<string, Subject>()
  const rows = deliveries.map((delivery, i) => {
    const prepared = prepare(delivery, sources)
    if (!('identity' in prepared)) throw new Error(`a message of the load was refused: ${events[i]!.text}`)
    const { identity, normal, reverses, text } = prepared
    const subject = subjectKey(normal.subject)
    subjects.set(subject, normal.subject)
    return {
      identity,
      subject,
      at: normal.at,
      value: normal.value,
      offset: offset + i,
      arrivedAt: arrival,
      fingerprint: fingerprintOf(normal.fingerprint),
      source: normal.source,
      type: normal.type,
      identityKind: normal.claim.kind,
      flags: null,
      reverses,
      payload: text,
    }
  })
  return { key, offset, subjects: [...subjects.values()], events: rows }
}
