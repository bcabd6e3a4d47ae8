import { setTimeout as delay } from 'node:timers/promises'
import { discardFailures, eachFailure, type FailureFilter } from '#store/failure-filter.ts'
import type { Failure } from '#store/failures.ts'
import type { Context } from './context.ts'
import { hideFailures } from './failed-events.ts'
import { type RetryOutcome, retryFailures } from './retry.ts'

export interface Repair {
  /** Which failures; `retriable` says which of them are retried. */
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

/** Of failures that were chosen, those that a retry is for: open ones, and given up ones that are named by number. */
export function retriable(filter: FailureFilter): FailureFilter {
  return { ...filter, state: filter.ids === undefined ? 'open' : ['open', 'discarded'] }
}

/** Retried in one go, and counted in one transaction where it can be: more would hold live traffic up. */
const AT_ONCE = 25
/** Of its time a repair works this part only: failures have waited, and live traffic should not. */
const SHARE = 1 / 3
const PORTION = 500

/**
 * Puts open failures through the stages again, in the order of their numbers. What counts is no failure any
 * more, so that a repair which was killed is gone on with by beginning it again.
 *
 * @param report told of each as it ends; what it returns is waited for, so that a slow listener slows the repair
 */
export async function repair(
  context: Context,
  { filter, limit, canary, rate }: Repair,
  signal: AbortSignal,
  report: (failure: Failure, outcome: RetryOutcome, tried: number) => unknown,
): Promise<Repaired> {
  const begun = performance.now()
  let [tried, counted, last, rested] = [0, 0, filter.after ?? 0, 0]
  const ended = (how: Repaired['ended']): Repaired => ({ tried, counted, last, ended: how })
  // Ten times a second: a second's share at once would be a jolt.
  const share = rate === undefined ? AT_ONCE : Math.min(AT_ONCE, Math.max(1, Math.floor(rate / 10)))

  for await (const portion of eachFailure(context.database, retriable(filter), PORTION)) {
    const left = [...portion]
    while (left.length > 0) {
      await pause(Math.max(rested, rate === undefined ? 0 : begun + (tried / rate) * 1_000), signal)
      if (signal.aborted) return ended('aborted')
      if (tried >= limit) return ended('limit reached')
      const group = left.splice(0, Math.min(tried < canary ? 1 : share, limit - tried))
      const from = performance.now()
      const outcomes = await retryFailures(context, group)
      const done = group.filter(({ id }) => outcomes.get(id)!.counted)
      await hideFailures(context, done)
      for (const failure of group) await report(failure, outcomes.get(failure.id)!, ++tried)
      rested = from + (performance.now() - from) / SHARE
      counted += done.length
      last = group.at(-1)!.id
      if (tried === canary && counted * 2 < tried) return ended('canary failed')
    }
  }
  return ended('all tried')
}

/** Retries one failure, whatever state it is in, as `repair` does. */
export async function retryOne(context: Context, failure: Failure): Promise<RetryOutcome> {
  const outcome = (await retryFailures(context, [failure])).get(failure.id)!
  if (outcome.counted) await hideFailures(context, [failure])
  return outcome
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
    await hideFailures(
      { queues },
      portion.filter(({ id }) => done.has(id)),
    )
    discarded += done.size
  }
  return discarded
}
