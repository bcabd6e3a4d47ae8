import type { RequestHandler, Response } from 'express'
import { toDecimal } from '#domain/decimal.ts'
import { describeRejection } from '#domain/failure.ts'
import { maskSubject } from '#domain/subject.ts'
import type { Context } from '#pipeline/context.ts'
import { identityOf } from '#pipeline/identity.ts'
import { within } from '#runtime/deadline.ts'
import { listFailures } from '#store/failure-filter.ts'
import type { Failure } from '#store/failures.ts'
import {
  type Coordinates,
  duplicateAt,
  duplicatesOf,
  type TracedEvent,
  traceAt,
  tracesOf,
} from '#store/trace.ts'
import { PATIENCE } from './answer.ts'
import { awardsByEvent } from './award.ts'
import { describe, escapeHtml, page } from './page.ts'
import { Problem } from './problem.ts'
import type { Trace } from './schema.ts'

/** What a trace is put together from: an event, a failure, or both. */
interface Found {
  readonly event?: TracedEvent | undefined
  readonly failure?: Failure | undefined
  /** Whether what was asked for is another delivery of the event. */
  readonly isDuplicate?: boolean
  /** Other events with the event_id that was asked for. */
  readonly others?: readonly TracedEvent[]
}

type Parameters = { id: string } | { topic: string; partition: string; offset: string }

/** GET /v1/events/{id}, and /v1/events/{topic}/{partition}/{offset} */
export function showTrace(context: Context): RequestHandler<Parameters> {
  return async (request, response) => {
    const { params } = request
    const id = 'id' in params ? params.id : `${params.topic}/${params.partition}/${params.offset}`
    const trace = await within(traceOf(context, id), PATIENCE)
    response.vary('Accept')
    if (request.accepts(['json', 'html']) === 'html') showPage(response, trace)
    else response.json(trace)
  }
}

async function traceOf(context: Context, id: string): Promise<Trace> {
  const found = (await findByCoordinates(context, id)) ?? (await findById(context, id))
  if (!found) {
    const sources = [...context.sources.byName.keys()].join(', ')
    throw new Problem(
      'not-found',
      `no event is known as ${id}: neither by the id that Laurel gave it, nor as an event_id of ${sources}, nor by ` +
        'topic/partition/offset. A message that failed is found by its topic/partition/offset only, and one that was ' +
        'just published may not have been read yet: see lag in /v1/pipeline',
    )
  }
  return write(context, found)
}

/** Up to the largest offset that a number holds exactly. */
const COORDINATES = /^(.+)\/(\d{1,9})\/([0-8]?\d{1,15})$/

async function findByCoordinates({ database }: Context, id: string): Promise<Found | undefined> {
  const [, topic, partition, offset] = COORDINATES.exec(id) ?? []
  if (topic === undefined) return undefined
  const coordinates: Coordinates = { topic, partition: Number(partition), offset: Number(offset) }
  const [accepted, [failure]] = await Promise.all([
    traceAt(database.sql, coordinates),
    listFailures(database, { ...coordinates }, 1),
  ])
  if (accepted) return { event: accepted, failure }
  const original = failure?.event ?? (await duplicateAt(database.sql, coordinates))
  const [event] = await tracesOf(database.sql, original === undefined ? [] : [original])
  return event || failure ? { event, failure, isDuplicate: event !== undefined } : undefined
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** By Laurel's own id first, then by the id that a source gave it. */
async function findById({ database, sources }: Context, id: string): Promise<Found | undefined> {
  const own = UUID.test(id) ? [id.toLowerCase()] : []
  const given = [...sources.byName.keys()].map((source) => identityOf(source, { kind: 'event_id', id }))
  const wanted = [...own, ...given]
  const events = await tracesOf(database.sql, wanted)
  const [event, ...others] = events.toSorted(
    (a, b) => wanted.indexOf(a.identity) - wanted.indexOf(b.identity),
  )
  const message = event?.identity ?? own[0]
  const [failure] = message === undefined ? [] : await listFailures(database, { messages: [message] }, 1)
  return event || failure ? { event, failure, others } : undefined
}

async function write({ database: { sql } }: Context, found: Found): Promise<Trace> {
  const { event, failure, isDuplicate = false, others = [] } = found
  const [awards, deliveries] = event
    ? await Promise.all([
        awardsByEvent(sql, event.customerId, [event.identity]),
        duplicatesOf(sql, event.identity, 20),
      ])
    : [new Map(), []]
  return {
    id: event?.identity ?? failure?.message ?? '',
    status: failure && failure.state !== 'resolved' ? 'failed' : isDuplicate ? 'duplicate' : 'stored',
    event: event ? writeEvent(event) : null,
    duplicateOf: event && isDuplicate ? event.identity : null,
    failure: failure ? writeFailure(failure) : null,
    stages: event ? writeStages(event) : null,
    awards: event ? [...(awards.get(event.identity) ?? [])] : [],
    alsoDelivered: deliveries.map((delivery) => ({
      from: placeOf(delivery),
      recorded: iso(delivery.recorded),
    })),
    sameEventId: others.map(({ identity, source }) => ({ id: identity, source })),
  }
}

function writeEvent(event: TracedEvent): NonNullable<Trace['event']> {
  return {
    id: event.identity,
    type: event.type,
    source: event.source,
    customer: maskSubject(event.customer),
    value: event.value === null ? null : toDecimal(event.value),
    at: iso(event.at),
    arrivedAt: iso(event.arrivedAt),
    identity: event.identityKind,
    from: placeOf(event),
  }
}

function writeStages({ recorded, scored, gamified, ranked }: TracedEvent): NonNullable<Trace['stages']> {
  const ifDone = (time: number | null) => (time === null ? null : iso(time))
  return {
    recorded: iso(recorded),
    scored: ifDone(scored),
    gamified: ifDone(gamified),
    ranked: ifDone(ranked),
  }
}

function writeFailure(failure: Failure): NonNullable<Trace['failure']> {
  const { id, state, stage, code, pointer, expected, got, source, customer, attempts, program } = failure
  return {
    id,
    state,
    stage,
    code,
    pointer,
    expected,
    got,
    reason: describeRejection(failure),
    source,
    customer: customer === null ? null : maskSubject(customer),
    from: placeOf(failure),
    attempts,
    program,
    firstSeen: iso(failure.firstSeen),
    lastSeen: iso(failure.lastSeen),
  }
}

function placeOf({ topic, partition, offset }: Coordinates): string {
  return `${topic}/${partition}/${offset}`
}

function iso(instant: number): string {
  return new Date(instant).toISOString()
}

function showPage(response: Response, { id, status, ...rest }: Trace): void {
  const body = `<h1>Event: ${escapeHtml(status)}</h1>\n<p><code>${escapeHtml(id)}</code></p>\n${describe(rest)}`
  response.type('html').send(page(`Event ${status} · Laurel`, body))
}
