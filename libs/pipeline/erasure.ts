import { withoutAttributes } from '#domain/attribute.ts'
import { LaurelError } from '#domain/error.ts'
import { NEW_GAME } from '#domain/fold.ts'
import { NO_EVENT } from '#domain/position.ts'
import { withoutAliases } from '#domain/rules/alias.ts'
import { withoutValues } from '#domain/rules/mission-status.ts'
import { NO_SCORES } from '#domain/score.ts'
import { parseSubject, subjectKey } from '#domain/subject.ts'
import { dropCheckpoints, dropOpenings, writeOpening } from '#store/checkpoints.ts'
import { eraseEvents } from '#store/events.ts'
import { eraseFailures, failedCustomers } from '#store/failures.ts'
import { withdrawBundles } from '#store/rewards.ts'
import { customerStates, gameRow, isBusy, lockGames, lockScores, updateGames } from '#store/states.ts'
import { eraseSubjects, subjectsOf } from '#store/subjects.ts'
import { inTransaction } from '#store/transaction.ts'
import type { Context } from './context.ts'

export interface Erased {
  readonly subjects: number
  readonly failures: number
}

/**
 * Takes out of PostgreSQL who a customer is and what their events said. What they came to stays: points,
 * ledger and totals under a number that names nobody, folded no further. An event that comes again under its
 * id is a duplicate still; other events with the same customer id begin another customer.
 *
 * @throws LaurelError ARGUMENT_INVALID while events of theirs are on their way
 */
export async function erase(
  { database, programs, sources }: Pick<Context, 'database' | 'programs' | 'sources'>,
  customer: number,
): Promise<Erased> {
  return inTransaction(database, async (sql) => {
    const program = await programs.of(sql)
    await lockGames(sql, [customer])
    await lockScores(sql, [customer])
    if (await isBusy(sql, customer)) {
      throw new LaurelError(
        'ARGUMENT_INVALID',
        'Events of this customer are on their way through the stages: try again in a moment.',
      )
    }
    const stored = await customerStates(sql, customer)
    const subjects = await subjectsOf(sql, [customer])
    const whole = stored?.game ?? NEW_GAME
    const rules = withoutValues(withoutAttributes(withoutAliases(whole.rules, program), program), program)
    const game = { ...whole, rules }
    const position = game.position ?? { at: Date.UTC(1970, 0), identity: NO_EVENT }
    await dropCheckpoints(sql, [{ customerId: customer, position: null }])
    await dropOpenings(
      sql,
      subjects.map(({ id }) => id),
    )
    // Each subject's: what came of their events is in the customer's, and they are never added again.
    for (const { id } of subjects) {
      await writeOpening(sql, { customerId: id, state: { ...NEW_GAME, position }, scores: NO_SCORES })
    }
    if (stored) {
      await writeOpening(sql, { customerId: customer, state: { ...game, position }, scores: stored.scores })
      await updateGames(sql, new Map([[customer, gameRow(game)]]))
    }
    await eraseEvents(sql, customer)
    const keys = new Set(subjects.map(subjectKey))
    const countries = [...new Set([...sources.byName.values()].map(({ country }) => country))]
    const isTheirs = (id: string) =>
      countries.some((country) => keys.has(subjectKey(parseSubject(id, country))))
    const failures: number[] = []
    for await (const portion of failedCustomers(sql)) {
      failures.push(...portion.filter(({ customer: id }) => isTheirs(id)).map(({ id }) => id))
    }
    await eraseFailures(sql, failures)
    await withdrawBundles(sql, customer)
    await eraseSubjects(sql, customer)
    return { subjects: subjects.length, failures: failures.length }
  })
}
