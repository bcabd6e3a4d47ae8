import { setTimeout as delay } from 'node:timers/promises'
import { removeFailedEvents } from '#queue/jobs.ts'
import { discardFailures, eachFailure, type FailureFilter } from '#store/failure-filter.ts'
import type { Failure } from '#store/failures.ts'
import type { Context } from './context.ts'
import { type RetryOutcome, retryFailure } from './retry.ts'

export interface Repair {
  /** Which failures; only open ones are retried. */
  readonly filter: FailureFilter
  /** At most so many. */
  readonly limit: number
  /** So many are tried first, one by one; where more of them fail than count, that is all. 0 for none. */
  readonly canary: number
  /** At most so many a second, so that live traffic keeps its share; undefined for as fast as it goes. */
  readonly rate?: number | undefined
}

export interface Repaired {
  readonly tried: number
  readonly counted: number
  /** The number up to which all were tried: where to go on. */
  readonly last: number
  readonly ended: 'all tried' | 'limit reached' | 'canary failed' | 'aborted'
}

/** Retries in hand at once. More would wait for the same rows of PostgreSQL. */
const AT_ONCE = 4
const PORTION = 100

/**
 * Puts open failures through the stages again, in the order of their numbers. What counts is no failure any
 * more, so that a repair which was killed is gone on with by beginning it again.
 *
 * @param report told of each as it ends
 */
export async function repair(
  context: Context,
  { filter, limit, canary, rate }: Repair,
  signal: AbortSignal,
  report: (failure: Failure, outcome: RetryOutcome, tried: number) => void,
): Promise<Repaired> {
  const begun = performance.now()
  let [tried, counted, last] = [0, 0, filter.after ?? 0]
  const one = async (failure: Failure, number: number) => {
    if (rate !== undefined) await pause(begun + (number / rate) * 1_000, signal)
    if (signal.aborted) return
    const outcome = await retryFailure(context, failure.id, undefined)
    tried++
    if (outcome.counted) counted++
    report(failure, outcome, tried)
  }
  const ended = (how: Repaired['ended']): Repaired => ({ tried, counted, last, ended: how })

  let started = 0
  for await (const portion of eachFailure(context.database, { ...filter, state: 'open' }, PORTION)) {
    const left = [...portion]
    while (left.length > 0) {
      if (signal.aborted) return ended('aborted')
      if (started >= limit) return ended('limit reached')
      const inCanary = started < canary
      const group = left.splice(0, Math.min(inCanary ? 1 : AT_ONCE, limit - started))
      await Promise.all(group.map((failure) => one(failure, started++)))
      if (tried < started) return ended('aborted')
      last = group.at(-1)!.id
      if (started === canary && counted * 2 < tried) return ended('canary failed')
    }
  }
  return ended('all tried')
}

async function pause(until: number, signal: AbortSignal): Promise<void> {
  const left = until - performance.now()
  if (left > 0) await delay(left, undefined, { signal }).catch(() => {})
}

/**
 * Gives open failures up. They are kept with the reason, but asked for no more; a retry of one still works.
 *
 * @returns how many
 */
export async function discard(
  { database, queues }: Pick<Context, 'database' | 'queues'>,
  filter: FailureFilter,
  limit: number,
  reason: string,
): Promise<number> {
  let discarded = 0
  for await (const portion of eachFailure(database, { ...filter, state: 'open' }, PORTION)) {
    const ids = portion.slice(0, limit - discarded).map(({ id }) => id)
    if (ids.length === 0) return discarded
    const done = await discardFailures(database.sql, ids, reason)
    await removeFailedEvents(
      queues,
      done.flatMap(({ job }) => (job === null || job === 'removed' ? [] : [job])),
    )
    discarded += done.length
  }
  return discarded
}
