import { afterwards } from '#domain/correction.ts'
import { LaurelError } from '#domain/error.ts'
import type { Event } from '#domain/event.ts'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import { type Outcome, outcomeKey } from '#domain/outcome.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { compare, type Publication } from '#domain/publication.ts'
import { openingsOf } from '#store/checkpoints.ts'
import type { Database } from '#store/database.ts'
import { byCustomer, eventsSince } from '#store/events.ts'
import {
  insertProgram,
  insertRefold,
  latestVersion,
  lockPrograms,
  publishedProgram,
  publishedPrograms,
} from '#store/programs.ts'
import { customersAfter, gamesOf } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { programsOf } from './applied.ts'
import type { Programs } from './programs.ts'

/** Nothing to compare with: what the first publication of all changes. */
const FIRST: Publication = {
  mistakes: [],
  added: [],
  closed: [],
  skipping: [],
  rescored: [],
  // Events may have been recorded under an earlier release, which kept games in another form.
  refoldsFrom: Number.NEGATIVE_INFINITY,
}

export interface Published {
  readonly version: number
  /** False where this very text is the latest version already. */
  readonly isNew: boolean
  readonly publication: Publication
}

/**
 * Makes a program the one in force: a new version, for every process at once. What it changes of the past is
 * folded again by the maintenance pool.
 *
 * @param by who publishes it
 * @param now Unix ms
 * @throws LaurelError PROGRAM_INVALID with every mistake of the text, or every change of a meaning
 */
export async function publish(database: Database, text: string, by: string, now: number): Promise<Published> {
  const after = parseProgram('program.yaml', text, 'new')
  return inTransaction(database, async (sql) => {
    await lockPrograms(sql)
    const latest = await latestVersion(sql)
    const before = latest === undefined ? undefined : await publishedProgram(sql, latest)
    if (before?.text === text) return { version: before.version, isNew: false, publication: NOTHING }
    const publication = before
      ? compare(parseProgram(`version ${before.version}`, before.text, String(before.version)), after, now)
      : FIRST
    if (publication.mistakes.length > 0) {
      throw new LaurelError('PROGRAM_INVALID', publication.mistakes.join('\n'))
    }
    const version = (latest ?? 0) + 1
    await insertProgram(sql, { version, text, publishedBy: by })
    const { refoldsFrom, rescored } = publication
    if (refoldsFrom !== Number.POSITIVE_INFINITY || rescored.length > 0) {
      await insertRefold(sql, { version, from: refoldsFrom, rescores: rescored.length > 0 })
    }
    return { version, isNew: true, publication }
  })
}

const NOTHING: Publication = { ...FIRST, refoldsFrom: Number.POSITIVE_INFINITY }

/**
 * Publishes a program where none ever was, so that a new installation works by itself.
 *
 * @returns the version in force
 */
export async function ensurePublished(database: Database, programs: Programs, text: string): Promise<string> {
  if ((await latestVersion(database.sql)) === undefined) {
    try {
      await publish(database, text, 'laurel', Date.now())
    } catch (error) {
      // Another process of a new installation was quicker, with another program.
      if ((await latestVersion(database.sql)) === undefined) throw error
    }
  }
  return (await programs.of(database.sql)).version
}

/** Every version with what it changed of the one before. */
export async function history(database: Database) {
  const all = await publishedPrograms(database.sql)
  const parsed = all.map(({ text, version }) => parseProgram(`version ${version}`, text, String(version)))
  return all.map((each, i) => ({
    ...each,
    program: parsed[i]!,
    publication: i === 0 ? FIRST : compare(parsed[i - 1]!, parsed[i]!, each.publishedAt),
  }))
}

/** What one rule would give and take back. */
export interface RuleEffect {
  readonly rule: string
  /** Customers who would gain, and who would lose, by it. */
  readonly gaining: number
  readonly losing: number
  readonly awardsGiven: number
  readonly awardsTaken: number
  /** Net, in ten-thousandths. */
  readonly amount: number
}

export interface DryRun {
  readonly customers: number
  readonly changed: number
  readonly effects: readonly RuleEffect[]
}

const CUSTOMERS_AT_ONCE = 500

/**
 * What a program would give and take back of customers' past, without writing anything: all of their events
 * folded under both.
 */
export async function dryRun(
  database: Database,
  before: Program,
  after: Program,
  from: number,
): Promise<DryRun> {
  const tally = new Tally()
  const reached = Number.isFinite(from) ? from : null
  let last = 0
  const payloads = new Set([...before.payloadTypes, ...after.payloadTypes])
  for (;;) {
    const customers = await customersAfter(database.sql, last, CUSTOMERS_AT_ONCE, reached)
    if (customers.length === 0) return tally.result()
    last = customers.at(-1)!
    const openings = await openingsOf(database.sql, customers)
    const startOf = (customer: number) => openings.get(customer)?.state ?? NEW_GAME
    const since = customers.map((customerId) => ({ customerId, position: startOf(customerId).position }))
    const events = byCustomer(await eventsSince(database.sql, 'gamification', since, [], payloads))
    const both = await Promise.all(
      [before, after].map((program) => programsOf(database.sql, program, customers)),
    )
    const games = await gamesOf(database.sql, customers)
    for (const customer of customers) {
      const own = events.get(customer) ?? []
      const until = games.get(customer)?.position?.at
      const [old, next] = both.map((programOf) =>
        outcomesOf(startOf(customer), own, programOf(customer), until),
      )
      tally.add(old!, next!)
    }
  }
}

function outcomesOf(
  start: GameState,
  events: readonly Event[],
  program: Program,
  until: number | undefined,
): ReadonlyMap<string, Outcome> {
  const outcomes = afterwards([], foldAll(start, events, program, until)).filter(
    ({ kind }) => kind !== 'failed',
  )
  return new Map(outcomes.map((outcome) => [outcomeKey(outcome), outcome]))
}

class Tally {
  #customers = 0
  #changed = 0
  readonly #effects = new Map<string, RuleEffect>()

  add(before: ReadonlyMap<string, Outcome>, after: ReadonlyMap<string, Outcome>): void {
    this.#customers++
    const given = [...after].filter(([key, outcome]) => before.get(key)?.amount !== outcome.amount)
    const taken = [...before].filter(([key, outcome]) => after.get(key)?.amount !== outcome.amount)
    if (given.length + taken.length > 0) this.#changed++
    const byRule = new Map<string, { given: number; taken: number; amount: number }>()
    const of = (rule: string) => {
      const own = byRule.get(rule) ?? { given: 0, taken: 0, amount: 0 }
      byRule.set(rule, own)
      return own
    }
    for (const [, { rule, amount }] of given) {
      of(rule).given++
      of(rule).amount += amount
    }
    for (const [, { rule, amount }] of taken) {
      of(rule).taken++
      of(rule).amount -= amount
    }
    for (const [rule, { given: more, taken: less, amount }] of byRule) {
      const sum = this.#effects.get(rule) ?? NO_EFFECT
      this.#effects.set(rule, {
        rule,
        gaining: sum.gaining + (amount > 0 || (amount === 0 && more > less) ? 1 : 0),
        losing: sum.losing + (amount < 0 || (amount === 0 && less > more) ? 1 : 0),
        awardsGiven: sum.awardsGiven + more,
        awardsTaken: sum.awardsTaken + less,
        amount: sum.amount + amount,
      })
    }
  }

  result(): DryRun {
    return { customers: this.#customers, changed: this.#changed, effects: [...this.#effects.values()] }
  }
}

const NO_EFFECT = { gaining: 0, losing: 0, awardsGiven: 0, awardsTaken: 0, amount: 0 }
