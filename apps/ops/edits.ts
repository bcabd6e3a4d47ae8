import { json, type RequestHandler, type Response, Router } from 'express'
import type { FailedEventJob } from '#queue/jobs.ts'
import type { Queues } from '#queue/queues.ts'
import type { Sql } from '#store/database.ts'
import { recordFix } from '#store/failures.ts'
import { MASK } from './mask.ts'
import { personOf } from './person.ts'
import { refuse } from './refusal.ts'

/** An event of 256 KiB may grow where its characters are escaped. */
const LARGEST_EDIT = '2mb'

/**
 * Stands before Bull Board where that would write job data. Of all data only the `fix` of a failed event may
 * change; what is put there is kept in PostgreSQL with who did it, before the job has it.
 */
export function edits(queues: Queues, sql: Sql): Router {
  const router = Router()
  const edit: RequestHandler<{ queueName: string; jobId: string }> = async (request, response, next) => {
    const { queueName, jobId } = request.params
    if (queueName !== 'failed-events') {
      return decline(
        response,
        'Only the `fix` of a job in Failed events can be edited: this data is a record.',
      )
    }
    const job = await queues['failed-events'].getJob(jobId)
    if (!job) return decline(response, 'This job is gone: it was removed, or made room for others.')
    const { info } = job.data as FailedEventJob
    const { jobData } = (request.body ?? {}) as { jobData?: unknown }
    const objection = objectionTo(jobData, info, await job.getState())
    if (objection !== undefined) return decline(response, objection)
    const { fix } = jobData as FailedEventJob
    const text = typeof fix === 'string' ? fix : JSON.stringify(fix)
    await recordFix(sql, info.failure, text, personOf(response).name)
    request.body = { jobData: { fix, info } satisfies FailedEventJob }
    next()
  }
  router.patch('/api/queues/:queueName/:jobId/update-data', json({ limit: LARGEST_EDIT }), edit)
  router.post('/api/queues/:queueName/add', (_request, response) =>
    decline(response, 'Jobs cannot be added by hand: publish an event instead. Retry runs a job again.'),
  )
  return router
}

/** Why an edit cannot be taken over; undefined where it can. */
export function objectionTo(
  edited: unknown,
  { stage }: FailedEventJob['info'],
  state: string,
): string | undefined {
  if (state === 'completed') return 'This event counts already: publish a correction as an event of its own.'
  if (state === 'active') return 'This event is being retried: wait until that has ended.'
  if (stage !== 'normalization') {
    return (
      'This event was accepted and scored, so that it cannot be changed any more: correct the rule and retry, ' +
      'or publish a corrected event.'
    )
  }
  const fix = isObject(edited) ? edited.fix : undefined
  if (typeof fix === 'string' && fix.includes('\0')) return 'Remove the NUL characters (\\u0000) from `fix`.'
  if (fix !== undefined && JSON.stringify(fix).includes(MASK)) {
    return `Write what is hidden (${MASK}) in full: as it stands there, the event would be about nobody.`
  }
  if (typeof fix === 'string' || isObject(fix)) return undefined
  return 'Put the corrected event, a JSON object, in the place of `fix`: { "fix": { … }, "info": { … } }.'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decline(response: Response, message: string): void {
  refuse(response, 400, 'Nothing was changed', message)
}
