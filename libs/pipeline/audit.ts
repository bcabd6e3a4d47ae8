import { isDeepStrictEqual } from 'node:util'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import { type Outcome, outcomeKey, type Standing, standingKey } from '#domain/outcome.ts'
import { isBefore } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { NO_SCORES } from '#domain/score.ts'
import { type Award, awardsOf, ledgerSums } from '#store/awards.ts'
import { checkpointsOf, openingsOf } from '#store/checkpoints.ts'
import type { Database, Transaction } from '#store/database.ts'
import { eventsSince } from '#store/events.ts'
import { openRefolds } from '#store/programs.ts'
import { standingsOf } from '#store/standings.ts'
import { customerStates, customersAfter, isBusy, sampleCustomers } from '#store/states.ts'
import { inSnapshot } from '#store/transaction.ts'
import { programsOf } from './applied.ts'
import type { Programs } from './programs.ts'
import { scoresOf } from './scoring.ts'

/** Something stored that is not what the events come to. */
export interface Difference {
  readonly customerId: number
  /** Such as `award recharge-points/…` or `balance points`. */
  readonly what: string
  readonly stored: unknown
  readonly expected: unknown
}

export interface Audited {
  readonly customers: number
  /** Customers who had events on their way, or a publication's refold before them: they are looked at another time. */
  readonly skipped: number
  readonly differences: readonly Difference[]
}

export function describeDifference({ customerId, what, stored, expected }: Difference): string {
  return `customer @${customerId}: ${what}: stored ${JSON.stringify(stored) ?? 'nothing'}, expected ${JSON.stringify(expected) ?? 'nothing'}`
}

/** Which customers to look at: these, so many taken at random, or all. */
export type Selection = readonly number[] | { readonly sample: number } | 'all'

const PORTION = 200

/**
 * Folds customers again from nothing (or from what is settled of their past) and compares everything that is
 * stored of them. Reads only, each customer in one snapshot, so that live traffic is not disturbed.
 *
 * @param report told of each difference as it is found
 */
export async function audit(
  { database, programs }: { readonly database: Database; readonly programs: Programs },
  selection: Selection,
  report: (difference: Difference) => void | Promise<void> = () => {},
): Promise<Audited> {
  let [customers, skipped] = [0, 0]
  const differences: Difference[] = []
  for await (const portion of selected(database, selection)) {
    for (const customer of portion) {
      const found = await inSnapshot(database, (sql) => auditCustomer(sql, programs, customer))
      if (!found) skipped++
      else customers++
      for (const difference of found ?? []) {
        differences.push(difference)
        await report(difference)
      }
    }
  }
  return { customers, skipped, differences }
}

async function* selected(database: Database, selection: Selection): AsyncGenerator<readonly number[]> {
  if (selection === 'all') {
    for (let last = 0; ; ) {
      const portion = await customersAfter(database.sql, last, PORTION)
      if (portion.length === 0) return
      yield portion
      last = portion.at(-1)!
    }
  }
  yield 'sample' in selection ? await sampleCustomers(database.sql, selection.sample) : selection
}

async function auditCustomer(
  sql: Transaction,
  programs: Programs,
  customer: number,
): Promise<readonly Difference[] | undefined> {
  const program = (await programsOf(sql, await programs.of(sql), [customer]))(customer)
  const stored = await customerStates(sql, customer)
  const behind = (await openRefolds(sql)).some(({ through }) => through < customer)
  if (!stored || behind || (await isBusy(sql, customer))) return undefined
  const start = (await openingsOf(sql, [customer])).get(customer)?.state ?? NEW_GAME
  const since = [{ customerId: customer, position: start.position }]
  const events = await eventsSince(sql, 'gamification', since, [], program.payloadTypes)
  const step = foldAll(start, events, program, stored.game.position?.at)
  const scores = (await scoresOf(sql, program, [customer], [])).get(customer) ?? NO_SCORES
  const differ = (what: string, found: unknown, expected: unknown): Difference[] =>
    isDeepStrictEqual(plain(found), plain(expected))
      ? []
      : [{ customerId: customer, what, stored: found, expected }]
  return [
    ...differ('game', stored.game, step.state),
    ...differ('scores', stored.scores, scores),
    ...differ('checkpoints', await checkpointsOf(sql, customer), step.checkpoints),
    ...awardDifferences(differ, await awardsOf(sql, [customer]), step.outcomes, start),
    ...standingDifferences(differ, await standingsOf(sql, [customer]), step.standings, start),
    ...balanceDifferences(differ, await ledgerSums(sql, customer), step.state, program),
  ]
}

type Differ = (what: string, found: unknown, expected: unknown) => Difference[]

function awardDifferences(
  differ: Differ,
  stored: readonly Award[],
  expected: readonly Outcome[],
  start: GameState,
): Difference[] {
  const live = stored.filter((award) => award.live && isBefore(start.position, award))
  const [found, wanted] = [live, expected.filter(({ kind }) => kind !== 'failed')].map(
    (all) => new Map(all.map((outcome) => [outcomeKey(outcome), essence(outcome)])),
  )
  return keysOf(found!, wanted!).flatMap((key) =>
    differ(`award ${key.replace('\n', '/')}`, found!.get(key), wanted!.get(key)),
  )
}

function essence({ kind, level, wallet, amount, availableAt, at, identity, receipt }: Outcome) {
  return { kind, level, wallet, amount, availableAt, at, identity, receipt }
}

function standingDifferences(
  differ: Differ,
  stored: readonly Standing[],
  expected: readonly Standing[],
  start: GameState,
): Difference[] {
  const [found, wanted] = [stored.filter((each) => isBefore(start.position, each)), expected].map(
    (all) =>
      new Map(
        all
          .filter(({ total }) => total !== 0)
          .map((each) => [standingKey(each), { total: each.total, at: each.at, identity: each.identity }]),
      ),
  )
  return keysOf(found!, wanted!).flatMap((key) =>
    differ(`standing ${key}`, found!.get(key), wanted!.get(key)),
  )
}

function balanceDifferences(
  differ: Differ,
  ledger: Readonly<Record<string, number>>,
  game: GameState,
  program: Program,
): Difference[] {
  return program.wallets.flatMap((wallet) =>
    differ(`balance ${wallet}`, ledger[wallet] ?? 0, game.wallets[wallet]?.balance ?? 0),
  )
}

function keysOf(...maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort()
}

/** As JSON keeps it: what was stored has no fields that are undefined. */
function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value))
}
