import { LaurelError } from '#domain/error.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import type { Program } from '#domain/program.ts'
import { extend } from '#domain/refold.ts'
import { addEvents, addStates, NO_SCORES } from '#domain/score.ts'
import { dropOpenings, openingsOf, writeOpening } from '#store/checkpoints.ts'
import type { Transaction } from '#store/database.ts'
import { deleteEventsBefore, eventsOfSubjects } from '#store/events.ts'
import {
  advanceHorizon,
  claimHorizon,
  finishHorizon,
  type Horizon,
  insertHorizon,
  latestHorizon,
  lockHorizons,
} from '#store/horizons.ts'
import { customersAfter, type Game, lockGames, lockScores, subjectsInGames } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { programsOf } from './applied.ts'
import { changeOf, writeChanges } from './change.ts'
import type { Context } from './context.ts'

const PORTION = 50

/**
 * Sets the time from when on events are taken; what lies before becomes settled, customer by customer, by
 * `settle`. It never goes back.
 *
 * @param at Unix ms
 * @throws LaurelError ARGUMENT_INVALID for a time before the present horizon, or not yet past
 */
export async function setHorizon(
  { database }: Pick<Context, 'database'>,
  at: number,
  now: number,
): Promise<void> {
  await inTransaction(database, async (sql) => {
    // Whoever records events has asked for the horizon, and holds this up until its events are stored.
    await lockHorizons(sql)
    const present = await latestHorizon(sql)
    if (at >= now) throw new LaurelError('ARGUMENT_INVALID', 'A horizon lies in the past.')
    if (present && at <= present.at) {
      const time = new Date(present.at).toISOString()
      throw new LaurelError('ARGUMENT_INVALID', `The horizon is at ${time} already, and never goes back.`)
    }
    await insertHorizon(sql, at)
  })
}

/**
 * Settles what lies before the horizon: each customer's game and scores as of then are kept as an opening,
 * from which everything is folded again from now on, and the events before it are deleted. Goes on where it
 * was when its process ended; does nothing while events that arrived before the horizon was set are on their
 * way.
 *
 * @returns how many customers were settled
 */
export async function settle(context: Context): Promise<number> {
  let settled = 0
  for (;;) {
    const done = await inTransaction(context.database, (sql) => settlePortion(sql, context))
    if (done === 0) return settled
    settled += done
  }
}

async function settlePortion(sql: Transaction, { programs }: Context): Promise<number> {
  const horizon = await claimHorizon(sql)
  if (!horizon) return 0
  const customers = await customersAfter(sql, horizon.through, PORTION)
  const last = customers.at(-1)
  if (last === undefined) {
    await finishHorizon(sql, horizon)
    return 0
  }
  const program = await programs.of(sql)
  const games = [...(await lockGames(sql, customers))].filter(([, { absorbed }]) => !absorbed)
  await lockScores(sql, customers)
  for (const [customerId, game] of games) await settleCustomer(sql, program, customerId, game, horizon.at)
  await advanceHorizon(sql, horizon, last)
  return customers.length
}

/**
 * Settles one customer's past up to an instant, under the lock on their game and scores. Does nothing where it
 * is settled so far already.
 */
export async function settleCustomer(
  sql: Transaction,
  program: Program,
  customerId: number,
  game: Game,
  at: number,
): Promise<void> {
  const subjects = (await subjectsInGames(sql, [customerId])).get(customerId) ?? [customerId]
  const openings = await openingsOf(sql, subjects)
  const start = openings.get(customerId)?.state ?? NEW_GAME
  if (start.position && start.position.at >= at) return
  const events = await eventsOfSubjects(sql, subjects, start.position, at)
  const applied = (await programsOf(sql, program, [customerId]))(customerId)
  const { state } = foldAll(start, events, applied, at)
  const before = [...openings.values()].map(({ scores }) => scores).reduce(addStates, NO_SCORES)
  await dropOpenings(sql, subjects)
  await writeOpening(sql, {
    customerId,
    state,
    scores: addEvents(before, events, program.scores, program.zone),
  })
  const change = extend(game.state, [], applied, at)
  await writeChanges(sql, program, [changeOf(customerId, game.revision, change)])
  await deleteEventsBefore(sql, subjects, at)
}

/** A night's work: moves the horizon on where a retention is configured, and settles what lies before it. */
export async function retain(context: Context, days: number | undefined, now: number): Promise<number> {
  if (days !== undefined) {
    const { zone } = await context.programs.of(context.database.sql)
    const at = zone.start(zone.day(now) - days)
    const present: Horizon | undefined = await latestHorizon(context.database.sql)
    if (!present || at > present.at) await setHorizon(context, at, now)
  }
  return settle(context)
}
