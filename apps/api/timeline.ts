import type { RequestHandler } from 'express'
import { z } from 'zod'
import { toDecimal } from '#domain/decimal.ts'
import type { Position } from '#domain/position.ts'
import type { Zone } from '#domain/zone.ts'
import type { Context } from '#pipeline/context.ts'
import { timelineOf } from '#store/timeline.ts'
import { answer } from './answer.ts'
import { awardsByEvent } from './award.ts'
import { limit, readQuery, readTime, text } from './query.ts'
import type { Timeline } from './schema.ts'
import { findCustomer } from './subject.ts'

export const timelineQuery = z.object({
  limit: limit(20),
  before: text('the `next` of the page before, or a time in ISO 8601: only what happened earlier'),
})

/** GET /v1/customers/{id}/timeline */
export function showTimeline(context: Context): RequestHandler<{ id: string }> {
  const { database, programs } = context
  return answer(async (request) => {
    const { zone } = await programs.of(database.sql)
    const query = readQuery(timelineQuery, request)
    const before = query.before === undefined ? undefined : readCursor(query.before, zone)
    const { customerId, subjects } = await findCustomer(context, request.params.id)
    const found = await timelineOf(database.sql, customerId, before, query.limit + 1)
    const events = found.slice(0, query.limit)
    const awards = await awardsByEvent(
      database.sql,
      customerId,
      events.map(({ identity }) => identity),
    )
    const last = events.at(-1)
    const timeline: Timeline = {
      subjects: [...subjects],
      events: events.map((event) => ({
        id: event.identity,
        type: event.type,
        source: event.source,
        value: event.value === null ? null : toDecimal(event.value),
        at: new Date(event.at).toISOString(),
        arrivedAt: new Date(event.arrivedAt).toISOString(),
        identity: event.identityKind,
        reverses: event.reverses,
        reversedBy: event.reversedBy,
        awards: [...(awards.get(event.identity) ?? [])],
      })),
      next: last && found.length > events.length ? cursorOf(last) : null,
    }
    return timeline
  })
}

const CURSOR = /^(\S+)_([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/

/** A position as a page's `next` tells it; readable, but nobody's to make up. */
function cursorOf({ at, identity }: Position): string {
  return `${new Date(at).toISOString()}_${identity}`
}

function readCursor(written: string, zone: Zone): { at: number; identity: string | undefined } {
  const [, time = written, identity] = CURSOR.exec(written) ?? []
  return { at: readTime('before', time, zone), identity }
}
