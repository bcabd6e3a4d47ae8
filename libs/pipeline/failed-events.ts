import { describeRejection, FAILURES } from '#domain/failure.ts'
import { hasLongNumbers, isTooDeep } from '#domain/json.ts'
import type { Message } from '#domain/message.ts'
import { maskSubject } from '#domain/subject.ts'
import { addFailedEvents, type FailedEventJob, removedFailedEvents, removeFailedEvents } from '#queue/jobs.ts'
import {
  countSameCause,
  crowdedJobs,
  type Failure,
  findFailure,
  findFailures,
  forgetShown,
  markShown,
  unshownFailures,
} from '#store/failures.ts'
import type { Context } from './context.ts'

/** How many failures of one cause stand in failed-events at once; the rest follow as these are worked off. */
const SHOWN_PER_CAUSE = 1_000
const PORTION = 50
/** Characters of a message that a job still holds; a larger one failed for its size. */
const LARGEST_SHOWN = 256 * 1024

const RETRY_HELPS = {
  edit: 'once `fix` is corrected',
  change: 'once the configuration or the rule is corrected',
  now: 'yes, as it is',
} as const

/**
 * Gives every open failure its job in failed-events, up to a number of each cause.
 *
 * @returns how many jobs were added
 */
export async function showFailures(context: Context): Promise<number> {
  const { database, failuresShown } = context
  if (!(await failuresShown.isSet())) {
    await forgetShown(database.sql)
    await failuresShown.set()
  }
  let shown = 0
  for (;;) {
    const ids = await unshownFailures(database.sql, SHOWN_PER_CAUSE, PORTION)
    if (ids.length > 0) await showPortion(context, ids)
    shown += ids.length
    if (ids.length < PORTION) return shown
  }
}

async function showPortion(
  { database, queues, failuresShown }: Context,
  ids: readonly number[],
): Promise<void> {
  const memory = await failuresShown.value()
  const failures = await findFailures(database, ids)
  const sameCause = new Map<string, number>()
  for (const { fingerprint } of failures) {
    if (!sameCause.has(fingerprint))
      sameCause.set(fingerprint, await countSameCause(database.sql, fingerprint))
  }
  await addFailedEvents(
    queues,
    failures.map((failure) => ({
      id: jobIdOf(failure),
      name: nameOf(failure),
      data: jobOf(failure, sameCause.get(failure.fingerprint)!),
    })),
  )
  // After the jobs are there, never before: a failure that is shown twice is one job, one never shown is lost.
  await markShown(
    database.sql,
    failures.map((failure) => ({ id: failure.id, job: jobIdOf(failure) })),
  )
  // Where Redis was emptied meanwhile, these jobs are gone, and who noticed could not know of them.
  if ((await failuresShown.value()) !== memory) await forgetShown(database.sql, ids)
}

/** Lets waiting failures of a crowded cause take the places of those whose jobs somebody has removed. */
export async function makeRoom({ database, queues, failuresShown }: Context): Promise<void> {
  const memory = await failuresShown.value()
  if (memory === null) return
  const removed = await removedFailedEvents(queues, await crowdedJobs(database.sql, SHOWN_PER_CAUSE))
  if ((await failuresShown.value()) !== memory) return
  await markShown(
    database.sql,
    removed.map(({ id }) => ({ id, job: 'removed' })),
  )
}

/** Takes the jobs of failures away that were settled elsewhere than in failed-events. */
export async function hideFailures(
  { queues }: Pick<Context, 'queues'>,
  failures: readonly Failure[],
): Promise<void> {
  await removeFailedEvents(queues, failures.map(jobIdOf))
}

/** Never a bare number, which BullMQ would refuse; a failure that failed again has another one than before. */
function jobIdOf({ id, openings }: Failure): string {
  return `failure-${id}-${openings}`
}

/** What failed-events shows of one failure, as it stands now; undefined where there is no such failure. */
export async function failedEvent({ database }: Context, id: number): Promise<FailedEventJob | undefined> {
  const failure = await findFailure(database, id)
  return failure && jobOf(failure, await countSameCause(database.sql, failure.fingerprint))
}

/** `TIMESTAMP_INVALID · billing · +88017••••0042` */
function nameOf({ code, source, customer }: Failure): string {
  return [code, source, customer === null ? 'no customer' : maskSubject(customer)].join(' · ')
}

function jobOf(failure: Failure, sameCause: number): FailedEventJob {
  return {
    fix: fixable(failure),
    info: {
      failure: failure.id,
      stage: failure.stage,
      code: failure.code,
      pointer: failure.pointer,
      expected: failure.expected,
      got: failure.got,
      from: `${failure.topic}/${failure.partition}/${failure.offset}`,
      source: failure.source,
      attempts: failure.attempts,
      sameCause,
      retryHelps: RETRY_HELPS[FAILURES[failure.code].retry],
      reason: describeRejection(failure),
    },
  }
}

/**
 * What an operator corrects: the event as JSON, or its text where it is no JSON, or JSON that a job's data
 * would change.
 */
export function fixable({ original, fix }: Pick<Failure, 'original' | 'fix'>): unknown {
  const text = fix ?? textOf(JSON.parse(original) as Message)
  if (text.length > LARGEST_SHOWN)
    return `(${text.length} characters: too large to be shown; put the whole event here)`
  try {
    const event: unknown = JSON.parse(text)
    return isTooDeep(text) || hasLongNumbers(text) ? text : event
  } catch {
    return text
  }
}

function textOf({ value }: Message): string {
  if (value === null) return ''
  return typeof value === 'string' ? value : Buffer.from(value.base64, 'base64').toString()
}
