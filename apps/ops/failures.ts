import { json, type Response, Router } from 'express'
import { LaurelError } from '#domain/error.ts'
import { type Context, willPass } from '#pipeline/context.ts'
import { discard, repair, retriable, retryOne } from '#pipeline/repair.ts'
import { assertSelected, describeSelection, filterOf, type Selection } from '#pipeline/selection.ts'
import { countFailures, describeCause, eachFailure, listCauses, listFailures } from '#store/failure-filter.ts'
import { type Failure, findFailure } from '#store/failures.ts'
import type { Audit } from './audit.ts'
import * as choice from './choice.ts'
import { choose } from './choice.ts'
import { causeShownTo, shownTo } from './failure.ts'
import { Lines } from './lines.ts'
import { personOf } from './person.ts'

const PORTION = 500

export interface Repairing {
  /** For one request: what it reads of `sources.yaml` is what stands there now. */
  readonly context: () => Context
  readonly audit: Audit
  /** Aborted when this process is to end: what is in hand is finished, and the rest left alone. */
  readonly ending: AbortSignal
}

/** `/failures`: what `laurel failures` does, for programs. */
export function failures({ context, audit, ending }: Repairing): Router {
  const router = Router()
  const body = json({ limit: '256kb' })

  router.get('/failures', async (request, response) => {
    const { limit, ...selection } = choose(choice.listing, request.query)
    const { database, sources } = context()
    const filter = filterOf(selection, sources)
    const [found, total] = [
      await listFailures(database, filter, limit),
      await countFailures(database, filter),
    ]
    answer(response, { total, failures: found.map((each) => shownTo(personOf(response), each)) })
  })

  router.get('/failures/count', async (request, response) => {
    const selection = choose(choice.counting, request.query)
    const { database, sources } = context()
    answer(response, { total: await countFailures(database, filterOf(selection, sources)) })
  })

  router.get('/failures/causes', async (request, response) => {
    const { limit } = choose(choice.causes, request.query)
    const found = await listCauses(context().database.sql, limit)
    answer(response, { causes: found.map((each) => causeShownTo(personOf(response), each)) })
  })

  router.get('/failures/export', async (request, response) => {
    const selection = choose(choice.counting, request.query)
    const { database, sources } = context()
    const filter = filterOf(selection, sources)
    const person = personOf(response)
    const lines = new Lines(response)
    let written = 0
    const all = (async () => {
      for await (const portion of eachFailure(database, filter, PORTION)) {
        if (lines.left.aborted) return `stopped after ${written} failures`
        await lines.write(...portion.map((each) => shownTo(person, each)))
        written += portion.length
      }
      return `${written} failures`
    })()
    const outcome = await finish(lines, all)
    // A read, but one that takes everything along: who did is to be known.
    const origin = request.ip ?? 'unknown'
    const target = describeSelection(selection)
    await audit.record({ actor: person.name, origin, action: 'export', target, outcome })
  })

  router.get('/failures/:failure', async (request, response) => {
    choose(choice.nothing, request.query)
    const failure = await failureOf(context(), request.params)
    answer(response, shownTo(personOf(response), failure))
  })

  router.post('/failures/retry', body, async (request, response) => {
    const { limit, canary, rate, dryRun, after, ...selection } = choose(choice.retrying, request.body)
    const own = context()
    const filter = chosen(response, selection, own)
    const total = Math.min(limit, await countFailures(own.database, retriable(filter)))
    if (dryRun) return pretend(response, total, 'would be retried')
    const lines = new Lines(response)
    const from = after === undefined ? filter : { ...filter, after }
    const signal = AbortSignal.any([lines.left, ending])
    const running = repair(own, { filter: from, limit, canary, rate }, signal, ({ id }, outcome, tried) =>
      lines.write({ tried, total, failure: id, ...outcome }),
    ).then(async (repaired) => {
      await lines.write({ ...repaired, total })
      return `${repaired.counted} of ${repaired.tried} count now: ${repaired.ended}`
    })
    // Told when it has ended, though whoever asked may be gone by then.
    response.locals.outcome = finish(lines, running)
  })

  router.post('/failures/discard', body, async (request, response) => {
    const { limit, reason, dryRun, ...selection } = choose(choice.discarding, request.body)
    const own = context()
    const filter = chosen(response, selection, own)
    if (dryRun) {
      const total = await countFailures(own.database, { ...filter, state: 'open' })
      return pretend(response, Math.min(limit, total), 'would be given up')
    }
    const discarded = await discard(own, filter, limit, reason)
    response.locals.outcome = `${discarded} given up: ${reason}`
    answer(response, { discarded })
  })

  router.post('/failures/assign', body, async (request, response) => {
    const { fingerprint, owner, note } = choose(choice.assigning, request.body)
    response.locals.deed = { ...response.locals.deed, target: `cause ${fingerprint}` }
    const { sql } = context().database
    if (!(await describeCause(sql, fingerprint, owner ?? null, note ?? null))) {
      throw new LaurelError(
        'NOT_FOUND',
        `No failure has the cause ${fingerprint}: GET /failures/causes lists those there are.`,
      )
    }
    const words = [owner && `owner ${owner}`, note && `note ${note}`].filter(Boolean).join(', ')
    response.locals.outcome = words
    answer(response, { fingerprint, ...(owner && { owner }), ...(note && { note }) })
  })

  router.post('/failures/:failure/retry', body, async (request, response) => {
    choose(choice.nothing, request.body)
    const own = context()
    const failure = await failureOf(own, request.params)
    const outcome = await retryOne(own, failure)
    response.locals.outcome = outcome.counted ? 'counts now' : `failed again: ${outcome.reason}`
    answer(response, { failure: failure.id, ...outcome })
  })

  router.post('/failures/:failure/discard', body, async (request, response) => {
    const { reason } = choose(choice.reason, request.body)
    const own = context()
    const { id } = await failureOf(own, request.params)
    const discarded = await discard(own, { ids: [id] }, 1, reason)
    response.locals.outcome = `${discarded} given up: ${reason}`
    answer(response, { discarded })
  })

  return router
}

/**
 * What was masked by hand is sent as it is: `response.json` would hide more of it, such as halves of identities.
 */
function answer(response: Response, value: unknown): void {
  response.type('json').send(JSON.stringify(value))
}

function pretend(response: Response, total: number, what: string): void {
  response.locals.outcome = `dry run: ${total} ${what}`
  answer(response, { dryRun: true, total })
}

/** What to do something to; the audit log has it in words. */
function chosen(response: Response, selection: Selection, { sources }: Context) {
  assertSelected(selection)
  response.locals.deed = { ...response.locals.deed, target: describeSelection(selection) }
  return filterOf(selection, sources)
}

async function failureOf({ database }: Context, parameters: unknown): Promise<Failure> {
  const { failure: id } = choose(choice.one, parameters)
  const found = await findFailure(database, id)
  if (found) return found
  throw new LaurelError(
    'NOT_FOUND',
    `There is no failure ${id}: GET /failures?state=all lists those there are.`,
  )
}

/** Ends an answer in lines, with an error as its last one where it ended so. */
async function finish(lines: Lines, running: Promise<string>): Promise<string> {
  try {
    return await running
  } catch (error) {
    const message = (error as Error).message
    await lines.write({
      error: willPass(error) ? 'Try again in a moment: begin the same again' : 'Laurel failed',
      message,
    })
    return `failed: ${message}`
  } finally {
    lines.end()
  }
}
