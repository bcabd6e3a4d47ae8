import type { Program } from '#domain/program.ts'
import type { Change } from '#domain/refold.ts'
import { appendLedger, awardKey, loseAwards, type NewAward, upsertAwards } from '#store/awards.ts'
import { type CheckpointRow, checkpointRow, dropCheckpoints, insertCheckpoints } from '#store/checkpoints.ts'
import type { Sql } from '#store/database.ts'
import type { CountedEvent } from '#store/events.ts'
import { insertFailures, resolveEventFailures } from '#store/failures.ts'
import { announceBundles, type ChangedBundle } from '#store/rewards.ts'
import { type StandingRow, upsertStandings } from '#store/standings.ts'
import { type GameRow, gameRow, updateGames } from '#store/states.ts'
import { ruleFailures } from './rule-failure.ts'

/**
 * What is to be written of one customer. Games are texts already: as objects, those of a whole batch would be
 * garbage to copy until all of them are written.
 */
export interface CustomerChange extends Omit<Change, 'state' | 'checkpoints'> {
  readonly customerId: number
  /** Of the game before. */
  readonly revision: number
  readonly game: GameRow
  readonly checkpoints: readonly CheckpointRow[]
  /** Events that counted, though they may have failed before. */
  readonly refolded: readonly CountedEvent[]
}

/** @param refolded events that counted, where some may have failed before */
export function changeOf(
  customerId: number,
  revision: number,
  { changed, postings, state, losses, standings, checkpoints, since, failed }: Change,
  refolded: readonly CountedEvent[] = [],
): CustomerChange {
  return {
    customerId,
    revision,
    game: gameRow(state),
    checkpoints: checkpoints.map((each) => checkpointRow(customerId, each)),
    changed,
    postings,
    losses,
    standings,
    since,
    failed,
    refolded,
  }
}

export interface Written {
  /** For the leaderboards, once this is committed. */
  readonly standings: readonly StandingRow[]
  /** How many awards were given, changed or taken back. */
  readonly awards: number
  /** Whether bundles wait to be told of. */
  readonly bundles: boolean
  /** Whether there are failures that failed-events is to show. */
  readonly failed: boolean
}

/**
 * Writes what changed: games, awards, ledger, totals, checkpoints and failures. To be called in the
 * transaction that holds the locks on the games.
 *
 * @param refolded the changes among these that were folded again: what was kept after their start is replaced
 * @param isNews whether bundles that are new are told to whoever delivers them: not those that a publication gives
 *   for the past
 */
export async function writeChanges(
  sql: Sql,
  program: Program,
  changes: readonly CustomerChange[],
  refolded: readonly CustomerChange[] = [],
  isNews = true,
): Promise<Written> {
  const { version } = program
  const awards: NewAward[] = []
  const standings: StandingRow[] = []
  for (const { customerId, revision, changed, standings: own } of changes) {
    for (const outcome of changed) awards.push({ customerId, program: version, outcome })
    for (const { board, period, total, at, identity } of own)
      standings.push({ board, period, total, at, identity, customerId, revision: revision + 1 })
  }
  await updateGames(sql, new Map(changes.map(({ customerId, game }) => [customerId, game])))
  const revisions = await upsertAwards(sql, awards)
  const bundles = changedBundles(awards, revisions)
  await announceBundles(sql, bundles, isNews)
  await appendLedger(
    sql,
    changes.flatMap(({ customerId, postings }) =>
      postings.map(({ outcome: { rule, occurrence, at }, wallet, amount }) => {
        const revision = revisions.get(awardKey({ customerId, rule, occurrence }))!
        return { customerId, rule, occurrence, at, wallet, amount, revision }
      }),
    ),
  )
  const lost = changes.flatMap(({ customerId, losses }) => losses.map((loss) => ({ ...loss, customerId })))
  await loseAwards(sql, lost)
  await upsertStandings(sql, standings)
  await dropCheckpoints(
    sql,
    refolded.map(({ customerId, since }) => ({ customerId, position: since })),
  )
  await insertCheckpoints(
    sql,
    changes.flatMap(({ checkpoints }) => checkpoints),
  )
  const failed = await writeFailures(sql, program, changes)
  return { standings, awards: awards.length + lost.length, failed, bundles: bundles.length > 0 }
}

function changedBundles(
  awards: readonly NewAward[],
  revisions: ReadonlyMap<string, number>,
): readonly ChangedBundle[] {
  return awards
    .filter(({ outcome }) => outcome.kind === 'bundle')
    .map(({ customerId, outcome: { rule, occurrence } }) => {
      const revision = revisions.get(awardKey({ customerId, rule, occurrence }))!
      return { customerId, rule, occurrence, revision }
    })
}

/** Opens failures of events that a rule could not be evaluated on, and closes those of events that count now. */
async function writeFailures(
  sql: Sql,
  program: Program,
  changes: readonly CustomerChange[],
): Promise<boolean> {
  // One failure, though two customers may have the event for a moment: who did it, as it was read, and whoever that one
  // was joined to meanwhile, whose events are read later.
  const failing = new Map(changes.flatMap(({ failed }) => failed.map((each) => [each.identity, each])))
  const opened = await insertFailures(sql, await ruleFailures(sql, program, [...failing.values()]))
  const counted = changes.flatMap(({ refolded }) => refolded.filter(({ identity }) => !failing.has(identity)))
  await resolveEventFailures(
    sql,
    'gamification',
    counted.map(({ identity }) => identity),
  )
  return opened.size > 0
}
