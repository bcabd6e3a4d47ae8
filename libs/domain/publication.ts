import type { Entry } from './entry.ts'
import type { Program } from './program.ts'
import type { ScoreRule } from './score.ts'

/** What publishing a program changes. */
export interface Publication {
  /** Why it cannot be published; empty where it can. */
  readonly mistakes: readonly string[]
  readonly added: readonly Entry[]
  /** Rules that are given another end, or none. */
  readonly closed: readonly Entry[]
  /** Rules that are skipped from now on where they cannot be evaluated. */
  readonly skipping: readonly Entry[]
  /** Scores that are worked out otherwise from now on, and are so for every customer at once. */
  readonly rescored: readonly string[]
  /**
   * Unix ms: games that have come to here or beyond are to be folded again from here; -Infinity for all of
   * them from their beginning, Infinity for none.
   */
  readonly refoldsFrom: number
}

/**
 * What a program would change, published after another. A published rule's meaning never changes: it can be
 * given an end, and a rule with another id can begin. So a fold over old events gives the same under every
 * later version, but for rules that count history and say so.
 *
 * @param now Unix ms
 */
export function compare(before: Program, after: Program, now: number): Publication {
  const known = new Map(before.entries.map((entry) => [entry.id, entry]))
  const kept = new Map(after.entries.map((entry) => [entry.id, entry]))
  const added = after.entries.filter(({ id }) => !known.has(id))
  const pairs = before.entries.map((old) => [old, kept.get(old.id)] as const)
  const tracked = new Set([...before.tracked, ...after.tracked].map(({ id }) => id))
  const free = ({ list, id }: Entry) => list === 'scores' && !tracked.has(id)
  const mistakes = [
    ...(before.name === after.name
      ? []
      : [`the program is named ${before.name}: it cannot become ${after.name}`]),
    ...(before.zone.name === after.zone.name
      ? []
      : [`its zone is ${before.zone.name}, which decided past days: it cannot become ${after.zone.name}`]),
    ...pairs.flatMap(([old, next]) => (free(old) ? [] : meaningOf(old, next, now))),
    ...added.flatMap((entry) => beginningOf(entry, now)),
  ]
  const closed = pairs.flatMap(([old, next]) => (next && next.until !== old.until ? [next] : []))
  const skipping = pairs.flatMap(([old, next]) => (next?.skipsErrors && !old.skipsErrors ? [next] : []))
  const changed = pairs.flatMap(([old, next]) => (free(old) && next?.text !== old.text ? [old.id] : []))
  return {
    mistakes,
    added,
    closed,
    skipping,
    rescored: rescored(before, after, changed, added),
    refoldsFrom: Math.min(
      ...added.map((entry) => countsFrom(entry)),
      // A game may have passed the old end, or the new one, already: events may lie a day ahead.
      ...pairs.map(([old, next]) =>
        next && next.until !== old.until ? Math.min(old.until, next.until) : FOREVER,
      ),
      // Events that failed count anew; a score that rules have not looked at before is not in any game yet, nor is
      // whether a mission was ever completed that is asked so for the first time.
      skipping.length > 0 ||
        after.tracked.some(({ id }) => !before.tracked.some((each) => each.id === id)) ||
        before.missions.some(({ id, remembers }) => !remembers && isRemembered(id, after))
        ? Number.NEGATIVE_INFINITY
        : FOREVER,
    ),
  }
}

/** Those that changed or are new, and the composites of what changed. */
function rescored(
  before: Program,
  after: Program,
  changed: readonly string[],
  added: readonly Entry[],
): string[] {
  const old = new Map(before.scores.map((score) => [score.id, weightsIn(score)]))
  const isOther = (score: ScoreRule) =>
    (score.parts ?? []).some((part) => changed.includes(part.score.id)) ||
    (old.has(score.id) && old.get(score.id) !== weightsIn(score))
  const ids = [
    ...changed,
    ...after.scores.filter(isOther).map(({ id }) => id),
    ...added.flatMap(({ list, id }) => (list === 'scores' ? [id] : [])),
  ]
  return [...new Set(ids)]
}

function weightsIn({ parts = [] }: ScoreRule): string {
  return parts.map(({ score, weight }) => `${score.id} ${weight}`).join()
}

function isRemembered(mission: string, { missions }: Program): boolean {
  return missions.some(({ id, remembers }) => id === mission && remembers)
}

function meaningOf(old: Entry, next: Entry | undefined, now: number): string[] {
  const thing = `${old.id} (${old.list})`
  if (!next) return [`${thing} was published: keep it, and give it an end with until where it has one`]
  if (next.list !== old.list || next.text !== old.text)
    return [
      `${thing} was published and keeps its meaning: close it with until, and begin a rule with another id`,
    ]
  if (next.from !== old.from || next.countsHistory !== old.countsHistory)
    return [
      `${thing} was published: when it began does not change any more; leave from and counts as they were`,
    ]
  if (old.skipsErrors && !next.skipsErrors) return [`${thing} skips errors: onError: skip has to stay`]
  if (next.until !== old.until && (old.until <= now || next.until <= now))
    return [`${thing}: until can be set to a time to come only, and not once it has passed`]
  return []
}

const FOREVER = Number.POSITIVE_INFINITY
const HAS_BEGINNING: ReadonlySet<Entry['list']> = new Set([
  'attributes',
  'eligibility',
  'points',
  'badges',
  'missions',
  'tiers',
  'challenges',
  'aliases',
])

function beginningOf({ id, list, from, countsHistory }: Entry, now: number): string[] {
  if (!HAS_BEGINNING.has(list) || countsHistory) return []
  if (from === Number.NEGATIVE_INFINITY)
    return [`${id} (${list}) is new: say from when on it counts (from: 2026-12-01T00:00), or counts: history`]
  return from <= now
    ? [`${id} (${list}) is new: its from lies in the past; move it, or say counts: history`]
    : []
}

/**
 * Boards show what was earned before them, too, and what watches a score has to know where it was before; a
 * wallet has nothing before a rule gives into it.
 */
function countsFrom({ list, from, countsHistory, watches }: Entry): number {
  if (countsHistory || list === 'leaderboards' || watches) return Number.NEGATIVE_INFINITY
  return HAS_BEGINNING.has(list) ? from : FOREVER
}
