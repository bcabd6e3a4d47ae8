import type { Event } from '#domain/event.ts'
import { eventsBehind } from '#domain/explanation.ts'
import { NEW_GAME } from '#domain/fold.ts'
import type { Program } from '#domain/program.ts'
import { type Award, awardsByKey, ledgerOfAwards, type RecordedLedgerEntry } from '#store/awards.ts'
import { openingsOf } from '#store/checkpoints.ts'
import type { Database } from '#store/database.ts'
import { eventsUntil } from '#store/events.ts'
import { publishedPrograms } from '#store/programs.ts'
import { programsOf } from './applied.ts'
import type { Programs } from './programs.ts'

/** Everything that stands behind an award. */
export interface Explanation {
  readonly award: Award
  /** The program that gave it, in the version that did. */
  readonly program: Program
  /** Its rule as it was published, as JSON; undefined for what happened to a wallet by itself or by hand. */
  readonly rule: string | undefined
  /** The events it rests on, the one that earned it last; those before a settled past are not known any more. */
  readonly events: readonly Event[]
  /** What the ledger was told of it, corrections included. */
  readonly ledger: readonly RecordedLedgerEntry[]
}

/** @returns undefined where the customer never had such an award */
export async function explain(
  { sql }: Database,
  programs: Programs,
  customerId: number,
  rule: string,
  occurrence: string,
): Promise<Explanation | undefined> {
  const [award] = await awardsByKey(sql, [{ customerId, rule, occurrence }])
  if (!award) return undefined
  const program = await programs.version(sql, await versionOf(sql, award.program))
  const opening = (await openingsOf(sql, [customerId])).get(customerId)?.state ?? NEW_GAME
  const history = await eventsUntil(sql, { customerId, position: opening.position }, award.at)
  return {
    award,
    program,
    rule: program.entries.find(({ id, list }) => id === rule && list !== 'wallets')?.text,
    events: eventsBehind(award, opening, history, (await programsOf(sql, program, [customerId]))(customerId)),
    ledger: await ledgerOfAwards(sql, customerId, [award]),
  }
}

/** Awards of an earlier release are marked with a hash of the program instead of its version: the first one then. */
async function versionOf(sql: Database['sql'], marked: string): Promise<number> {
  const known = (await publishedPrograms(sql)).map(({ version }) => version)
  return known.find((version) => String(version) === marked) ?? 1
}
