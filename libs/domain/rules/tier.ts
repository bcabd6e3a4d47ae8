import { z } from 'zod'
import {
  dayName,
  firstDay,
  laterPeriod,
  type PeriodKind,
  periodKind,
  periodName,
  periodNumber,
} from '../calendar.ts'
import type { Compile } from '../compiler.ts'
import { SCALE, scaled } from '../decimal.ts'
import type { Outcome } from '../outcome.ts'
import type { ScoreRule } from '../score.ts'
import { outlook } from '../score-measure.ts'
import { calendarPeriod, force, id, wallet } from '../term.ts'
import type { Zone } from '../zone.ts'
import { type Evolution, type Grant, NOTHING, type RuleLogic, type Scene } from './rule.ts'

const level = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'What the level is called.', examples: ['silver'] }),
  from: z
    .number()
    .min(-1_000_000_000)
    .max(1_000_000_000)
    .meta({
      description: 'The least that it takes: points that were earned, or the score.',
      examples: [1000],
    }),
})

/** An entry of `tiers`. */
export const tierSchema = z.strictObject({
  id,
  wallet: wallet.meta({ description: 'The wallet that points are earned into.' }).optional(),
  score: id.meta({ description: 'The score that the tier goes by.', examples: ['recency'] }).optional(),
  levels: z
    .array(level)
    .min(1)
    .refine((all) => all.every(({ from }, i) => i === 0 || from > all[i - 1]!.from), {
      error: 'expected levels in ascending order of from, the lowest first',
    })
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
      error: 'expected each level to have a name of its own',
    })
    .meta({
      description: 'The levels, the lowest first.',
      examples: [
        [
          { name: 'silver', from: 1000 },
          { name: 'gold', from: 5000 },
        ],
      ],
    }),
  per: calendarPeriod
    .meta({ description: 'Has each level to be reached again in every such period.' })
    .optional(),
  graceDays: z
    .int()
    .min(0)
    .max(366)
    .meta({
      description: 'For so many local days after a period without it, a level is held all the same.',
      examples: [14],
    })
    .optional(),
  ...force,
})

export const compileTier: Compile<typeof tierSchema> = (written, path, compiler) => {
  const { id, wallet, score, levels, graceDays } = written
  if ((wallet === undefined) === (score === undefined)) {
    const message =
      'a tier goes by what was earned into a wallet, or by a score: write wallet: points, or score: rfm, and not both'
    compiler.mistake(wallet === undefined ? path : [...path, 'score'], message)
  }
  if (graceDays !== undefined && written.per === undefined) {
    const message =
      'graceDays belong to a tier that has to be earned again: add per: month, or leave graceDays out'
    compiler.mistake([...path, 'graceDays'], message)
  }
  if (wallet !== undefined && levels[0]!.from <= 0) {
    const message =
      'expected more than 0: who has earned nothing holds no level, so leave this one out, or raise it'
    compiler.mistake([...path, 'levels', 0, 'from'], message)
  }
  const again = requalification(written)
  if (score !== undefined) return scoreTier(id, compiler.score(score, undefined, path), levels, again)
  return walletTier(id, wallet ?? '', levels, again)
}

export interface TierLevel {
  readonly name: string
  /** The lowest measure that it is reached with, in the measure's own unit. */
  readonly from: number
}

/** How a level has to be reached again. */
export interface Requalification {
  readonly per: PeriodKind
  /** Local days after the end of a period without it, for which it is still held. */
  readonly graceDays: number
}

/** Null for a tier that is held for good. */
export function requalification({
  per,
  graceDays,
}: Pick<z.infer<typeof tierSchema>, 'per' | 'graceDays'>): Requalification | null {
  return per === undefined ? null : { per: periodKind(per), graceDays: graceDays ?? 0 }
}

/** A level that is held for having been reached in a period. */
type Kept = readonly [level: number, period: number]

/** What all tiers keep. */
export interface TierState {
  /** The level held, from 1; 0 for none. */
  readonly level: number
  /** Since when, Unix ms. */
  readonly since: number
  /**
   * Where levels have to be reached again: those that are held for a period, the highest first, which is the one
   * reached earliest.
   */
  readonly kept?: readonly Kept[]
}

export interface WalletTierState extends TierState {
  /** What was earned, ten-thousandths: in the latest period in which anything was, or ever. */
  readonly sum: number
  readonly period?: number
}

export interface ScoreTierState extends TierState {
  /** The level that the score is at. */
  readonly at: number
  /** The local day on which time alone takes it to another one; null where none does. */
  readonly next: number | null
}

/**
 * When time alone takes a level away, Unix ms: after the period that follows the one that it was reached in, and the
 * days of grace. Null where it does not, since a tier is held for good, or its score is at the level.
 */
export function heldUntil(state: TierState, again: Requalification | null, zone: Zone): number | null {
  const [oldest] = state.kept ?? []
  return again === null || oldest?.[0] !== state.level ? null : endOf(oldest, again, zone)
}

function endOf([, period]: Kept, { per, graceDays }: Requalification, zone: Zone): number {
  return zone.start(firstDay(per, laterPeriod(per, period, 2)) + graceDays)
}

/** With a level that was reached in a period, which makes those below it needless. */
function reached(kept: readonly Kept[], level: number, period: number): readonly Kept[] {
  return level === 0 ? kept : [...kept.filter(([each]) => each > level), [level, period]]
}

/** A tier by what was earned into a wallet while the rule is in force; spending takes nothing from it. */
function walletTier(
  id: string,
  wallet: string,
  levels: readonly TierLevel[],
  again: Requalification | null,
): RuleLogic<WalletTierState> {
  const bounds = levels.map(({ from }) => scaled(from))
  const heightOf = (sum: number) => bounds.findLastIndex((bound) => sum >= bound) + 1
  const receipt = (level: number, earned: number) => ({
    name: levels[level - 1]!.name,
    earned,
    target: bounds[level - 1]!,
  })
  return {
    id,
    on: null,
    evolve(state, { at }, scene): Evolution<WalletTierState> {
      const gained = scene.wallet(wallet).earned - scene.walletBefore(wallet).earned
      if (gained === 0) return { state, grants: NOTHING }
      const before = state?.level ?? 0
      if (again === null) {
        const sum = (state?.sum ?? 0) + gained
        const level = Math.max(before, heightOf(sum))
        if (level === before) return { state: { level, since: state?.since ?? at, sum }, grants: NOTHING }
        return { state: { level, since: at, sum }, grants: [tier(level, String(level), receipt(level, sum))] }
      }
      const number = periodNumber(again.per, at, scene.zone)
      // Where clocks went back over midnight, a period that has begun goes on.
      const period = Math.max(number, state?.period ?? number)
      const sum = (state?.period === period ? state.sum : 0) + gained
      const kept = reached(state?.kept ?? [], heightOf(sum), period)
      const level = kept[0]?.[0] ?? 0
      const next = { level, since: level === before ? (state?.since ?? at) : at, sum, period, kept }
      if (level === before) return { state: next, grants: NOTHING }
      const name = periodName(again.per, period)
      const grant = tier(level, `${name}/${level}`, { ...receipt(level, sum), period: name })
      return { state: next, grants: [grant] }
    },
    level: ({ level }) => level,
    ...(again !== null && {
      timer: {
        due: (state, zone) => heldUntil(state, again, zone),
        elapse(state, at, { zone }) {
          const kept = (state.kept ?? []).filter((each) => endOf(each, again, zone) > at)
          const level = kept[0]?.[0] ?? 0
          const grants = [fall(levels, state.level, level, at, zone)]
          return { state: { level, since: at, sum: state.sum, period: state.period!, kept }, grants }
        },
      },
    }),
  }
}

/**
 * A tier by where a score is. One that has to be reached again is held by its score's being at the level, at any time
 * of a period.
 */
function scoreTier(
  id: string,
  score: ScoreRule,
  levels: readonly TierLevel[],
  again: Requalification | null,
): RuleLogic<ScoreTierState> {
  // The levels as bands, so that the day of the next one is known.
  const ladder: ScoreRule = {
    ...score,
    bands: [
      ...levels.map(({ from }, i) => ({ from, name: String(i + 1) })).toReversed(),
      { from: Number.NEGATIVE_INFINITY, name: '0' },
    ],
  }
  const gain = (level: number, value: number, occurrence: string, period?: string): Grant =>
    tier(level, occurrence, {
      name: levels[level - 1]!.name,
      score: score.id,
      value: rounded(value),
      target: rounded(levels[level - 1]!.from),
      ...(period !== undefined && { period }),
    })

  /** @param last the last instant at which the score was where it was, Unix ms */
  const look = (
    state: ScoreTierState | undefined,
    moment: number,
    last: number,
    { scores, zone }: Scene,
  ): Evolution<ScoreTierState> => {
    const before = state?.level ?? 0
    const day = zone.day(moment)
    const { value, band, next: change } = outlook(scores, day, ladder)
    const at = Number(band)
    if (again === null) {
      const level = Math.max(before, at)
      const next = level === levels.length ? null : change
      const since = level === before ? (state?.since ?? moment) : moment
      const grants = level === before ? NOTHING : [gain(level, value, String(level))]
      return { state: { level, since, at, next }, grants }
    }
    const left = state === undefined || at >= state.at ? 0 : state.at
    const kept = reached(state?.kept ?? [], left, periodNumber(again.per, last, zone)).filter(
      (each) => each[0] > at && endOf(each, again, zone) > moment,
    )
    const level = Math.max(at, kept[0]?.[0] ?? 0)
    const since = level === before ? (state?.since ?? moment) : moment
    const next = { level, since, at, next: change, kept }
    if (level === before) return { state: next, grants: NOTHING }
    if (level < before) return { state: next, grants: [fall(levels, before, level, moment, zone)] }
    const period = periodName(again.per, periodNumber(again.per, moment, zone))
    return { state: next, grants: [gain(level, value, `${period}/${level}`, period)] }
  }
  return {
    id,
    on: score.on,
    evolve(state, { at }, scene) {
      const isHighest = again === null && state?.level === levels.length
      // What time had to change by now, it has: until the event, the score was there at this very instant.
      return isHighest ? { state, grants: NOTHING } : look(state, at, at, scene)
    },
    level: ({ level }) => level,
    timer: {
      due(state, zone) {
        const moves = state.next === null ? null : zone.start(state.next)
        const [oldest] = state.kept ?? []
        const ends = again === null || oldest === undefined ? null : endOf(oldest, again, zone)
        return moves === null ? ends : ends === null ? moves : Math.min(moves, ends)
      },
      elapse: (state, at, scene) => look(state, at, at - 1, scene),
    },
  }
}

/** Ten-thousandths. JSON has no −0, which a value just below zero would be rounded to. */
function rounded(value: number): number {
  return Math.round(value * SCALE) + 0
}

function tier(level: number, occurrence: string, receipt: Outcome['receipt']): Grant {
  return { kind: 'tier', occurrence, level, wallet: null, amount: 0, availableAt: null, receipt }
}

/** By time alone, at most once a day. */
function fall(levels: readonly TierLevel[], before: number, level: number, at: number, zone: Zone): Grant {
  const name = levels[level - 1]?.name
  const fallen = levels[before - 1]!.name
  return tier(level, `fell/${dayName(zone.day(at))}`, name === undefined ? { fallen } : { name, fallen })
}
