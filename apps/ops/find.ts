import { type Request, type Response, Router, urlencoded } from 'express'
import type { Context } from '#pipeline/context.ts'
import { discard, retryOne } from '#pipeline/repair.ts'
import { filterOf } from '#pipeline/selection.ts'
import { removedFailedEvents } from '#queue/jobs.ts'
import { countFailures, listFailures } from '#store/failure-filter.ts'
import { type Failure, findFailure } from '#store/failures.ts'
import * as choice from './choice.ts'
import { choose } from './choice.ts'
import { shownTo } from './failure.ts'
import { findPage } from './find-page.ts'
import { meaningsOf } from './needle.ts'
import { personOf } from './person.ts'
import { isAtLeast } from './roles.ts'

const MOST = 50

/** `/find`: the way from what somebody was told (an id, a customer, an offset) to the failure and its job. */
export function find(context: () => Context): Router {
  const router = Router()
  const form = urlencoded({ extended: false, limit: '8kb' })

  router.get('/find', async (request, response) => {
    await show(context(), response, textOf(request.query.q))
  })

  router.post('/find/:failure/retry', form, async (request, response) => {
    const own = context()
    const { failure: id } = choose(choice.one, request.params)
    const failure = await findFailure(own.database, id)
    const outcome = failure && (await retryOne(own, failure))
    const words = outcome?.counted
      ? 'counts now'
      : `failed again: ${outcome?.reason ?? 'there is no such failure'}`
    response.locals.outcome = words
    await show(own, response, searched(request), `Failure ${id} ${words}`)
  })

  router.post('/find/:failure/discard', form, async (request, response) => {
    const own = context()
    const { failure: id } = choose(choice.one, request.params)
    const { reason } = choose(choice.reason, { reason: request.body?.reason })
    const discarded = await discard(own, { ids: [id] }, 1, reason)
    response.locals.outcome = `${discarded} given up: ${reason}`
    const words = discarded === 1 ? 'is given up, and kept' : 'is not open'
    await show(own, response, searched(request), `Failure ${id} ${words}`)
  })

  return router
}

const textOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '')
const searched = (request: Request) => textOf(request.body?.q)

async function show(context: Context, response: Response, query: string, message?: string): Promise<void> {
  const person = personOf(response)
  const { found, total } = await search(context, query)
  const places = await jobsOf(context, found)
  response.send(
    findPage({
      query,
      found: found.map((failure) => ({ failure: shownTo(person, failure), job: places.get(failure.id) })),
      total,
      mayRepair: isAtLeast(person.role, 'operator'),
      message,
    }),
  )
}

/** Where Bull Board shows the jobs of failures that have one, by failure. */
async function jobsOf(
  { queues }: Context,
  failures: readonly Failure[],
): Promise<ReadonlyMap<number, string>> {
  const shown = failures.flatMap(({ id, job }) => (job === null || job === 'removed' ? [] : [{ id, job }]))
  const gone = new Set(await removedFailedEvents(queues, shown))
  return new Map(
    shown.filter((each) => !gone.has(each)).map(({ id, job }) => [id, `/queue/failed-events/${job}`]),
  )
}

/** What the first meaning finds that finds anything. */
async function search({ database, sources }: Context, query: string) {
  for (const selection of meaningsOf(query)) {
    const filter = filterOf(selection, sources)
    const found = await listFailures(database, filter, MOST)
    if (found.length > 0) {
      const total = found.length < MOST ? found.length : await countFailures(database, filter)
      return { found, total }
    }
  }
  return { found: [], total: 0 }
}
