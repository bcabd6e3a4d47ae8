import { LaurelError } from '#domain/error.ts'
import { ADJUST, type Event, REFUSED, SPEND } from '#domain/event.ts'
import { advance, type GameState } from '#domain/fold.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Program } from '#domain/program.ts'
import { extend } from '#domain/refold.ts'
import { insertBatch, markBatches, nextBatch } from '#store/batches.ts'
import type { Database, Transaction } from '#store/database.ts'
import { eventOrigins, insertEvents } from '#store/events.ts'
import { lockGames } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { programsOf } from './applied.ts'
import { changeOf, writeChanges } from './change.ts'
import { fingerprintOf, identityOf } from './identity.ts'
import { Moved } from './moved.ts'
import type { Programs } from './programs.ts'

/** What somebody wants done with a customer's wallet. */
export interface Decision {
  readonly kind: 'spend' | 'adjust'
  readonly wallet: string
  /** Ten-thousandths: of a spend above zero; of an adjustment negative where points are taken. */
  readonly amount: number
  /** The same key is the same decision, however often it is sent. */
  readonly key: string
  /** Why; what customer care reads later. */
  readonly reason: string
  readonly by: string
}

export interface Decided {
  readonly accepted: boolean
  /** The identity of the event that it became. */
  readonly event: string
  /** The wallet's balance when it was decided, after it; ten-thousandths. */
  readonly balance: number
  /** Whether it was decided before, under the same key. */
  readonly again: boolean
}

/** The source of what Laurel itself writes. */
const SOURCE = 'laurel'

/**
 * Accepts or refuses what somebody wants done with a wallet: once, under the lock on the customer's game.
 * What was decided is a fact from then on, that no late event and no correction decides anew. A spend is
 * refused where the balance does not cover it; an adjustment is not. It comes after everything that the game
 * includes by then, so that the balance that it is decided by is the one that it leaves.
 *
 * @param customer a customer's number, and that of the subject that it was asked for by
 * @param now Unix ms
 * @throws LaurelError ARGUMENT_INVALID for a wallet that does not exist, or a key of another decision
 * @throws Moved where the customer was joined to another one meanwhile
 */
export async function decide(
  database: Database,
  programs: Programs,
  customer: { readonly customerId: number; readonly subjectId: number },
  decision: Decision,
  now: number,
): Promise<Decided> {
  const identity = identityOf(SOURCE, { kind: 'event_id', id: decision.key })
  return inTransaction(database, (sql) => decideWithin(sql, programs, customer, decision, identity, now))
}

/**
 * The same within a transaction.
 *
 * @param identity of the event that the decision becomes; its key is what people read
 */
export async function decideWithin(
  sql: Transaction,
  programs: Programs,
  customer: { readonly customerId: number; readonly subjectId: number },
  decision: Decision,
  identity: string,
  now: number,
): Promise<Decided> {
  const program = await programs.of(sql)
  const { wallet } = decision
  if (!program.walletRules.has(wallet)) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      `There is no wallet ${wallet}; there are ${program.wallets.join(', ')}.`,
    )
  }
  const applied = (await programsOf(sql, program, [customer.customerId]))(customer.customerId)
  const game = (await lockGames(sql, [customer.customerId])).get(customer.customerId)
  if (!game || game.absorbed) throw new Moved(customer.customerId)
  const before = (await eventOrigins(sql, [identity])).get(identity)
  if (before) return again(before, decision, customer.customerId)
  const { state } = game
  const at = Math.max(now, (state.position?.at ?? 0) + 1)
  const event = eventOf(decision, state, at, identity, applied)
  const batch = await record(sql, event, customer.subjectId, now)
  const change = extend(state, [event], applied)
  await writeChanges(sql, program, [changeOf(customer.customerId, game.revision, change)])
  for (const stage of ['scoring', 'gamification', 'leaderboards'] as const)
    await markBatches(sql, [batch], stage)
  const balance = change.state.wallets[wallet]?.balance ?? 0
  return { accepted: event.type !== REFUSED, event: identity, balance, again: false }
}

/** What is kept of a decision besides its amount: a key is of one decision only. */
function payloadOf({ kind, wallet, reason, by, amount }: Decision, balance: number): string {
  return canonicalJson({ kind, wallet, reason, by, amount, balance })
}

function eventOf(
  decision: Decision,
  state: GameState,
  at: number,
  identity: string,
  program: Program,
): Event {
  const { kind, wallet, amount } = decision
  const balance = advance(state, at, program).state.wallets[wallet]?.balance ?? 0
  const isRefused = kind === 'spend' && amount > balance
  const after = isRefused ? balance : kind === 'spend' ? balance - amount : balance + amount
  return {
    at,
    identity,
    type: isRefused ? REFUSED : kind === 'spend' ? SPEND : ADJUST,
    source: SOURCE,
    value: amount,
    payload: payloadOf(decision, after),
  }
}

function again(
  before: {
    readonly type: string
    readonly payload: string
    readonly customerId: number
    readonly identity: string
  },
  decision: Decision,
  customer: number,
): Decided {
  const { balance } = JSON.parse(before.payload) as { balance: number }
  const isSame =
    before.customerId === customer &&
    canonicalJson(essence(JSON.parse(before.payload))) === canonicalJson(essence(decision))
  if (!isSame) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      `The key ${decision.key} is of another decision, which stays as it is: give this one a key of its own.`,
    )
  }
  return { accepted: before.type !== REFUSED, event: before.identity, balance, again: true }
}

function essence({ kind, wallet, amount }: Pick<Decision, 'kind' | 'wallet' | 'amount'>) {
  return { kind, wallet, amount }
}

async function record(sql: Transaction, event: Event, subjectId: number, now: number): Promise<number> {
  const { id } = await nextBatch(sql)
  await insertEvents(sql, [
    {
      ...event,
      subjectId,
      batchId: id,
      offset: 0,
      arrivedAt: now,
      fingerprint: fingerprintOf(event.payload),
      identityKind: 'event_id',
      flags: null,
      reverses: null,
    },
  ])
  const batch = {
    id,
    key: `${SOURCE}/${event.identity}`,
    topic: SOURCE,
    partition: 0,
    firstOffset: 0,
    lastOffset: 0,
  }
  await insertBatch(
    sql,
    { ...batch, messages: 1, reachedAt: null },
    { events: 1, duplicates: 0, failures: 0, links: 0 },
  )
  return id
}
