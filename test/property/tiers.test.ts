import { describe } from 'vitest'
import { firstDay, laterPeriod, type PeriodKind, periodNumber } from '#domain/calendar.ts'
import { type Event, isWalletEvent } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { earnedBy, type Outcome } from '#domain/outcome.ts'
import { NO_EVENT, type Position } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { addEvents, NO_SCORES } from '#domain/score.ts'
import { evaluate } from '#domain/score-measure.ts'
import { histories, inOrder, programOf, soundPrograms } from './history.ts'
import { agree, law } from './law.ts'

/** As generated programs have them. */
interface Ladder {
  readonly id: string
  readonly from: readonly number[]
  readonly per?: PeriodKind
  readonly graceDays?: number
}

const BY_WALLET: readonly (Ladder & { readonly wallet: string })[] = [
  { id: 'by-points', wallet: 'points', from: [20, 150, 700] },
  { id: 'by-coins-of-the-week', wallet: 'coins', from: [3, 60, 400], per: 'week', graceDays: 3 },
  { id: 'by-miles-of-two-days', wallet: 'miles', from: [2, 30], per: { days: 2, start: 20_535 } },
]

const BY_SCORE: readonly (Ladder & { readonly score: string })[] = [
  { id: 'by-worth', score: 'worth', from: [-1, 0.5, 1.5] },
  { id: 'by-frequency', score: 'frequency', from: [1, 2], per: { days: 4, start: 0 }, graceDays: 2 },
  { id: 'by-bond', score: 'bond', from: [0.5, 0.7, 1.1], per: 'day' },
  { id: 'by-busyness', score: 'busyness', from: [0, 0.5, 1.2], per: { days: 3, start: 0 }, graceDays: 1 },
]

/** Longer than any tier is held without an event. */
const DAYS_AFTER = 40
const until = (events: readonly Event[]) =>
  Math.max(0, ...events.map(({ at }) => at)) + DAYS_AFTER * 86_400_000

type Change = readonly [level: number, at: number, identity: string]

/**
 * When the level changes that a tier holds: at each midnight and after each event, the highest level that was reached
 * in any period, as long as that holds.
 *
 * @param end Unix ms: how far time goes
 * @param measure what a tier goes by, just after a position
 */
function changesOf(
  { from, per, graceDays = 0 }: Ladder,
  events: readonly Event[],
  { zone }: Program,
  end: number,
  measure: (position: Position) => number,
): Change[] {
  const [first] = events
  if (first === undefined) return []
  const today = zone.day(first.at)
  const days = Array.from({ length: zone.day(end) - today }, (_, i) => today + 1 + i)
  const moments = [
    ...events.map(({ at, identity }) => ({ at, identity })),
    ...days.map((day) => ({ at: zone.start(day), identity: NO_EVENT })),
  ].toSorted((a, b) => a.at - b.at || (a.identity < b.identity ? -1 : 1))
  const best = new Map<number, number>()
  const changes: Change[] = []
  let held = 0
  for (const moment of moments) {
    const { at, identity } = moment
    const period = per === undefined ? 0 : periodNumber(per, at, zone)
    const level = from.findLastIndex((bound) => measure(moment) >= bound) + 1
    best.set(period, Math.max(best.get(period) ?? 0, level))
    const isOver = (each: number) =>
      per !== undefined && zone.start(firstDay(per, laterPeriod(per, each, 2)) + graceDays) <= at
    const now = Math.max(...[...best].map(([each, height]) => (isOver(each) ? 0 : height)))
    if (now !== held) changes.push([now, at, identity])
    held = now
  }
  return changes
}

const changesIn = (outcomes: readonly Outcome[], id: string) =>
  outcomes
    .filter(({ rule }) => rule === id)
    .toSorted((a, b) => a.at - b.at || (a.identity < b.identity ? -1 : 1))
    .map(({ level, at, identity }): Change => [level, at, identity])

describe('a tier', () => {
  law('by a wallet is held for what was earned into it', soundPrograms, histories, (choice, events) => {
    const rules = [...choice.rules.filter((id) => !id.startsWith('by-')), ...BY_WALLET.map(({ id }) => id)]
    const program = programOf({ ...choice, rules })
    const { outcomes } = foldAll(NEW_GAME, events, program, until(events))
    const seen = inOrder(events).filter(({ type }) => !isWalletEvent(type))
    for (const ladder of BY_WALLET) {
      const earned = outcomes.filter((outcome) => outcome.wallet === ladder.wallet && earnedBy(outcome) > 0)
      const within = (a: number, b: number) =>
        ladder.per === undefined ||
        periodNumber(ladder.per, a, program.zone) === periodNumber(ladder.per, b, program.zone)
      const sumAt = ({ at, identity }: Position) =>
        earned
          .filter((each) => each.at < at || (each.at === at && each.identity <= identity))
          .filter((each) => within(each.at, at))
          .reduce((sum, { amount }) => sum + amount, 0) / 10_000
      agree(changesIn(outcomes, ladder.id), changesOf(ladder, seen, program, until(events), sumAt))
    }
  })

  law('by a score is held for where that is', soundPrograms, histories, (choice, events) => {
    const program = programOf({ ...choice, rules: BY_SCORE.map(({ id }) => id) })
    const { outcomes } = foldAll(NEW_GAME, events, program, until(events))
    for (const ladder of BY_SCORE) {
      const score = program.scores.find(({ id }) => id === ladder.score)!
      const isSeen = ({ type }: Event) => !isWalletEvent(type) && (score.on === null || type === score.on)
      const scoreAt = ({ at, identity }: Position) => {
        const before = events.filter((each) => each.at < at || (each.at === at && each.identity <= identity))
        const state = addEvents(NO_SCORES, before, program.scores, program.zone)
        return evaluate(state, program.zone.day(at), score).value
      }
      agree(
        changesIn(outcomes, ladder.id),
        changesOf(ladder, inOrder(events).filter(isSeen), program, until(events), scoreAt),
      )
    }
  })
})
