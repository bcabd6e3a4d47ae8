import type { RequestHandler } from 'express'
import { willPass } from '#pipeline/context.ts'
import type { Log } from '#runtime/log.ts'
import { type Action, recordAction } from '#store/actions.ts'
import type { Sql } from '#store/database.ts'
import { isRead } from './origin.ts'
import { personOf } from './person.ts'

const LONGEST = 200

/** Puts what people do into the audit log in PostgreSQL. */
export class Audit {
  readonly #sql: Sql
  readonly #log: Log

  constructor(sql: Sql, log: Log) {
    this.#sql = sql
    this.#log = log
  }

  /** Never fails, since what is told has happened: what PostgreSQL does not take goes to the log. */
  async record(given: Action): Promise<void> {
    const { action: what, target, outcome } = given
    const action = {
      ...given,
      action: storable(what),
      target: storable(target),
      outcome: storable(outcome),
    }
    try {
      await recordAction(this.#sql, action)
    } catch (error) {
      this.#log.error({ err: error, passing: willPass(error), ...action }, 'not in the audit log')
    }
  }
}

/** Keeps whatever is no read, allowed or not, also where the browser was gone before the answer. */
export function audited(audit: Audit): RequestHandler {
  return (request, response, next) => {
    if (isRead(request.method)) return next()
    const { name: actor } = personOf(response)
    const origin = request.ip ?? 'unknown'
    const unknown = { action: `${request.method} ${request.path}`, target: 'all queues' }
    response.on('close', async () => {
      const deed = (response.locals.deed ?? unknown) as typeof unknown
      const answered = outcomeOf(response.statusCode, response.writableFinished)
      // Whoever did it knows better, perhaps only later: a retry of many goes on for a moment after its end.
      const outcome = ((await response.locals.outcome) as string | undefined) ?? answered
      await audit.record({ actor, origin, ...deed, outcome })
    })
    next()
  }
}

/** How the audit log calls what came of a request. */
export function outcomeOf(status: number, isAnswered: boolean): string {
  if (!isAnswered) return 'unknown: the connection ended before the answer'
  if (status < 400) return 'done'
  return status === 403 ? 'refused' : `failed (${status})`
}

/** Paths are written by whoever asks: what PostgreSQL refuses must not keep an action out of the log. */
function storable(text: string): string {
  return text.replaceAll('\0', '�').slice(0, LONGEST).toWellFormed()
}
