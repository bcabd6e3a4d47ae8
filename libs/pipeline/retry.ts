import type { IdentityClaim } from '#domain/event.ts'
import { causeOf, describeRejection, type Rejection } from '#domain/failure.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Batch, Message } from '#domain/message.ts'
import { ensureStage } from '#queue/jobs.ts'
import { eventOrigins } from '#store/events.ts'
import { type Failure, findFailure, recordAttempt } from '#store/failures.ts'
import type { Context } from './context.ts'
import { headerText, prepare } from './delivery.ts'
import { fixable } from './failed-events.ts'
import { gamifyBatch, refoldEvent } from './gamification.ts'
import { isHarmlessEvent, isHarmlessMessage } from './killer.ts'
import { record } from './normalization.ts'
import { scoreBatch } from './scoring.ts'
import { tellOthers } from './stages.ts'

/** How a retry ended. */
export type RetryOutcome =
  | { readonly counted: true; readonly event: string; readonly was: 'new' | 'counted before' }
  | { readonly counted: false; readonly reason: string }

/**
 * Puts a failed event through the real stages again. That it counted means: recorded, scored and gamified.
 *
 * @param edited what stands in the job's `fix`; undefined to try the event as it is
 * @throws what PostgreSQL or Redis throw, where they are away
 */
export async function retryFailure(context: Context, id: number, edited: unknown): Promise<RetryOutcome> {
  const failure = await findFailure(context.database, id)
  if (!failure) return { counted: false, reason: `there is no failure ${id} any more: remove this job` }
  if (failure.state === 'resolved')
    return counted(context, failure.event ?? failure.message, 'counted before')
  return failure.stage === 'normalization'
    ? retryMessage(context, failure, edited)
    : retryEvent(context, failure, edited)
}

async function retryMessage(context: Context, failure: Failure, edited: unknown): Promise<RetryOutcome> {
  const { database, sources } = context
  const message = JSON.parse(failure.original) as Message
  const fix = isChanged(edited, failure)
    ? typeof edited === 'string'
      ? edited
      : JSON.stringify(edited)
    : failure.fix
  const claim = JSON.parse(failure.claim) as IdentityClaim
  const delivery = {
    message,
    origin: {
      source: failure.source,
      bound: failure.bound,
      arrival: message.timestamp,
      headerId: headerText(message, 'event-id'),
      fallback: () => claim,
    },
    ...(fix === null ? {} : { fix }),
  }
  const kills = failure.code === 'MESSAGE_KILLS_WORKER'
  if (kills && !(await isHarmlessMessage(sources, batchOf(failure, message), fix)))
    return refuse(context, failure, failure, fix)
  const prepared = prepare(delivery, sources)
  if ('rejection' in prepared) return refuse(context, failure, prepared.rejection, fix)
  const key = `retry/${failure.id}/${failure.attempts}`
  const recording = { key, topic: failure.topic, partition: failure.partition, deliveries: [delivery] }
  const recorded = await record(database, sources, recording, true)
  const [verdict] = recorded.verdicts
  if (verdict?.status === 'failed') return refuse(context, failure, verdict.rejection, fix)
  // Another run of this attempt may have recorded it, and as a failure: the store says what became of it.
  const after = await findFailure(database, failure.id)
  if (!after?.event || after.state !== 'resolved') return refuse(context, failure, failure, fix)
  return counted(context, after.event, verdict?.status === 'accepted' ? 'new' : 'counted before')
}

/**
 * Takes an event through what is left of its stages. Not left to the queues: an operator who sees the job
 * completed must find the points in place.
 */
async function counted(
  context: Context,
  event: string,
  was: 'new' | 'counted before',
): Promise<RetryOutcome> {
  const { database, programs } = context
  const batch = (await eventOrigins(database.sql, [event])).get(event)?.batchId
  if (batch !== undefined) {
    await scoreBatch(database, programs, batch)
    const gamified = await gamifyBatch(database, programs, batch)
    if (gamified) await tellOthers(context, gamified, `retry · event ${event}`)
  }
  return { counted: true, event, was }
}

async function retryEvent(context: Context, failure: Failure, edited: unknown): Promise<RetryOutcome> {
  const { database, programs } = context
  if (isChanged(edited, failure)) {
    const reason =
      'this event was accepted and scored, so that it cannot be changed any more: put `fix` back, correct the rule ' +
      'and retry, or publish a corrected event'
    return { counted: false, reason }
  }
  const origin = (await eventOrigins(database.sql, [failure.message])).get(failure.message)
  if (!origin) return { counted: false, reason: `event ${failure.message} is not in the store any more` }
  if (failure.code === 'EVENT_KILLS_WORKER' && !(await isHarmlessEvent(context, origin)))
    return refuse(context, failure, failure, null)
  const gamified = await refoldEvent(database, programs, origin.customerId, origin, origin.batchId)
  if (gamified.standings.length > 0) {
    await ensureStage(context.queues, 'leaderboards', origin.batchId, `retry · event ${failure.message}`)
  }
  const after = await findFailure(database, failure.id)
  if (after?.state === 'resolved') return { counted: true, event: failure.message, was: 'new' }
  return refuse(context, failure, failure, null)
}

/** The batch of one message; it is never recorded as such. */
function batchOf({ topic, partition }: Failure, message: Message): Batch {
  return { key: '', cluster: '', topic, partition, messages: [message] }
}

async function refuse(
  { database }: Context,
  failure: Failure,
  rejection: Rejection,
  fix: string | null,
): Promise<RetryOutcome> {
  const fingerprint =
    rejection === failure ? failure.fingerprint : causeOf(rejection.code, rejection.pointer, failure.source)
  await recordAttempt(database.sql, failure.id, rejection, fingerprint, fix)
  return { counted: false, reason: describeRejection(rejection) }
}

/** Whether an operator has put something else in the event's place; the order of keys is nothing. */
function isChanged(edited: unknown, failure: Failure): boolean {
  return edited !== undefined && canonicalJson(edited) !== canonicalJson(fixable(failure))
}
