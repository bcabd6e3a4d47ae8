import { toDecimal } from '#domain/decimal.ts'
import { readReceipt } from '#domain/receipt.ts'
import { awardsOfEvents, ledgerOfAwards } from '#store/awards.ts'
import type { Sql } from '#store/database.ts'
import type { WrittenAward } from './schema.ts'

/** What events earned their customer, by event: awards that were taken back and their corrections included. */
export async function awardsByEvent(
  sql: Sql,
  customer: number,
  events: readonly string[],
): Promise<ReadonlyMap<string, readonly WrittenAward[]>> {
  const awards = await awardsOfEvents(sql, customer, events)
  const ledger = await ledgerOfAwards(sql, customer, awards)
  const byEvent = new Map<string, WrittenAward[]>()
  for (const { identity, rule, kind, occurrence, level, wallet, amount, receipt, ...award } of awards) {
    if (kind === 'failed') continue
    const written: WrittenAward = {
      rule,
      kind,
      occurrence,
      level: level === 0 ? null : level,
      wallet,
      amount: toDecimal(amount),
      availableAt: award.availableAt === null ? null : new Date(award.availableAt).toISOString(),
      live: award.live,
      revision: award.revision,
      program: award.program,
      receipt: readReceipt(receipt),
      postings: ledger
        .filter((entry) => entry.rule === rule && entry.occurrence === occurrence)
        .map((entry) => ({
          wallet: entry.wallet,
          amount: toDecimal(entry.amount),
          revision: entry.revision,
          recordedAt: new Date(entry.recordedAt).toISOString(),
        })),
    }
    byEvent.set(identity, [...(byEvent.get(identity) ?? []), written])
  }
  return byEvent
}
