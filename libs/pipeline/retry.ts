import { createHash } from 'node:crypto'
import type { IdentityClaim } from '#domain/event.ts'
import { causeOf, describeRejection, type Rejection } from '#domain/failure.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Batch, Message } from '#domain/message.ts'
import { ensureStage } from '#queue/jobs.ts'
import { openBatchesAmong } from '#store/batches.ts'
import { eventOrigins } from '#store/events.ts'
import { type Attempt, type Failure, findFailure, findFailures, recordAttempts } from '#store/failures.ts'
import type { Context } from './context.ts'
import { type Delivery, headerText, prepare } from './delivery.ts'
import { fixable } from './failed-events.ts'
import { gamifyBatch, refoldEvents } from './gamification.ts'
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
  const isEdited = edited !== undefined && canonicalJson(edited) !== canonicalJson(fixable(failure))
  if (!isEdited) return (await retryFailures(context, [failure])).get(id)!
  if (failure.stage !== 'normalization' && failure.state !== 'resolved') {
    const reason =
      'this event was accepted and scored, so that it cannot be changed any more: put `fix` back, correct the rule ' +
      'and retry, or publish a corrected event'
    return { counted: false, reason }
  }
  const fix = typeof edited === 'string' ? edited : JSON.stringify(edited)
  return (await retryFailures(context, [{ ...failure, fix }])).get(id)!
}

/**
 * The same with many at once, in few transactions.
 *
 * @param failures as they are stored, each with the fix that is to be tried; those resolved have counted before
 * @returns an outcome for each, by its number
 */
export async function retryFailures(
  context: Context,
  failures: readonly Failure[],
): Promise<ReadonlyMap<number, RetryOutcome>> {
  const results = new Results()
  const open = failures.filter((failure) => {
    if (failure.state === 'resolved')
      results.count(failure, failure.event ?? failure.message, 'counted before')
    return failure.state !== 'resolved'
  })
  const isMessage = ({ stage }: Failure) => stage === 'normalization'
  for (const group of byPartition(open.filter(isMessage))) await retryMessages(context, group, results)
  await finish(context, results.events)
  await retryEvents(
    context,
    open.filter((failure) => !isMessage(failure)),
    results,
  )
  await recordAttempts(context.database.sql, results.attempts)
  return results.outcomes
}

/** What has come of the failures of a retry so far. */
class Results {
  readonly outcomes = new Map<number, RetryOutcome>()
  readonly events: string[] = []
  readonly attempts: Attempt[] = []

  count({ id }: Failure, event: string, was: 'new' | 'counted before'): void {
    this.outcomes.set(id, { counted: true, event, was })
    this.events.push(event)
  }

  refuse(failure: Failure, rejection: Rejection): void {
    const { id, fix, source } = failure
    const isSame = rejection === failure
    const fingerprint = isSame ? failure.fingerprint : causeOf(rejection.code, rejection.pointer, source)
    this.attempts.push({ id, rejection, fingerprint, fix })
    this.outcomes.set(id, { counted: false, reason: describeRejection(rejection) })
  }
}

/** What is recorded together has the coordinates of one partition. */
function byPartition(failures: readonly Failure[]): Iterable<readonly Failure[]> {
  const groups = new Map<string, Failure[]>()
  for (const failure of failures) {
    const key = `${failure.topic}/${failure.partition}`
    const group = groups.get(key)
    if (group) group.push(failure)
    else groups.set(key, [failure])
  }
  return groups.values()
}

async function retryMessages(
  context: Context,
  failures: readonly Failure[],
  results: Results,
): Promise<void> {
  const { database, sources } = context
  const tried: { failure: Failure; delivery: Delivery }[] = []
  for (const failure of failures) {
    const delivery = deliveryOf(failure)
    if (!(await isHarmless(context, failure, delivery))) {
      results.refuse(failure, failure)
      continue
    }
    const prepared = prepare(delivery, sources)
    if ('rejection' in prepared) results.refuse(failure, prepared.rejection)
    else tried.push({ failure, delivery })
  }
  const [first] = tried
  if (!first) return
  const { topic, partition } = first.failure
  const key = keyOf(tried.map(({ failure }) => failure))
  const deliveries = tried.map(({ delivery }) => delivery)
  const { verdicts } = await record(database, sources, { key, topic, partition, deliveries }, true)
  // Another run of this attempt may have recorded it, and as a failure: the store says what became of it.
  const ids = tried.map(({ failure }) => failure.id)
  const after = new Map((await findFailures(database, ids)).map((failure) => [failure.id, failure]))
  for (const [i, { failure }] of tried.entries()) {
    const verdict = verdicts[i]
    const now = after.get(failure.id)
    if (verdict?.status === 'failed') results.refuse(failure, verdict.rejection)
    else if (!now?.event || now.state !== 'resolved') results.refuse(failure, failure)
    else results.count(failure, now.event, verdict?.status === 'accepted' ? 'new' : 'counted before')
  }
}

function deliveryOf(failure: Failure): Delivery {
  const message = JSON.parse(failure.original) as Message
  const claim = JSON.parse(failure.claim) as IdentityClaim
  return {
    message,
    origin: {
      source: failure.source,
      bound: failure.bound,
      arrival: message.timestamp,
      headerId: headerText(message, 'event-id'),
      fallback: () => claim,
    },
    ...(failure.fix === null ? {} : { fix: failure.fix }),
  }
}

async function isHarmless({ sources }: Context, failure: Failure, { message }: Delivery): Promise<boolean> {
  if (failure.code !== 'MESSAGE_KILLS_WORKER') return true
  const { topic, partition, fix } = failure
  const batch: Batch = { key: '', cluster: '', topic, partition, messages: [message] }
  return isHarmlessMessage(sources, batch, fix)
}

/** Names these very attempts: two runs of them are recorded once. */
function keyOf(failures: readonly Failure[]): string {
  const attempts = failures.map(({ id, attempts: made }) => `${id}/${made}`).join(' ')
  return failures.length === 1
    ? `retry/${attempts}`
    : `retry/${createHash('sha256').update(attempts).digest('hex')}`
}

/**
 * Takes events through what is left of their stages. Not left to the queues: an operator who sees the job
 * completed must find the points in place.
 */
async function finish(context: Context, events: readonly string[]): Promise<void> {
  const { database, programs } = context
  const origins = await eventOrigins(database.sql, events)
  const batches = new Set([...origins.values()].map(({ batchId }) => batchId))
  for (const batch of await openBatchesAmong(database.sql, [...batches])) {
    await scoreBatch(database, programs, batch)
    const gamified = await gamifyBatch(database, programs, batch)
    if (gamified) await tellOthers(context, gamified, `retry · batch ${batch}`)
  }
}

async function retryEvents(context: Context, failures: readonly Failure[], results: Results): Promise<void> {
  if (failures.length === 0) return
  const { database, programs, queues } = context
  const origins = await eventOrigins(
    database.sql,
    failures.map(({ message }) => message),
  )
  const tried: Failure[] = []
  for (const failure of failures) {
    const origin = origins.get(failure.message)
    if (!origin) {
      const reason = `event ${failure.message} is not in the store any more`
      results.outcomes.set(failure.id, { counted: false, reason })
    } else if (failure.code === 'EVENT_KILLS_WORKER' && !(await isHarmlessEvent(context, origin)))
      results.refuse(failure, failure)
    else tried.push(failure)
  }
  if (tried.length === 0) return
  const events = tried.map(({ message }) => origins.get(message)!)
  const { standings, batches } = await refoldEvents(database, programs, events)
  if (standings.length > 0)
    for (const batch of batches) await ensureStage(queues, 'leaderboards', batch, `retry · batch ${batch}`)
  const ids = tried.map(({ id }) => id)
  for (const failure of await findFailures(database, ids)) {
    if (failure.state === 'resolved') results.count(failure, failure.message, 'new')
    else results.refuse(failure, failure)
  }
}
