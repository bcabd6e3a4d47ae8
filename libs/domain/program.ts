import { z } from 'zod'
import type { PeriodKind } from './calendar.ts'
import { compile, type Expression, firstLine } from './condition.ts'
import { SCALE } from './decimal.ts'
import { Document, type Mistake } from './document.ts'
import { dayStreakRule } from './rules/day-streak.ts'
import { firstRule } from './rules/first.ts'
import { missionRule } from './rules/mission.ts'
import { pointsRule } from './rules/points.ts'
import type { Rule } from './rules/rule.ts'
import type { ScoreRule } from './score.ts'
import { Zone } from './zone.ts'

export interface Board {
  readonly id: string
  /** Ranks what was earned into this wallet. */
  readonly wallet: string
  readonly period: PeriodKind
}

/** A badge or mission as the customer's profile lists it. */
export interface Badge {
  readonly id: string
  /** Days for each level of a streak; null where the badge has one level and no progress. */
  readonly levels: readonly number[] | null
}

export interface Mission {
  readonly id: string
  /** Ten-thousandths. */
  readonly target: number
  readonly window: PeriodKind
}

/** The loyalty team's rules, compiled. */
export interface Program {
  readonly name: string
  /** Tells this program from an earlier form of it; kept with every award. */
  readonly version: string
  readonly zone: Zone
  readonly wallets: readonly string[]
  readonly scores: readonly ScoreRule[]
  readonly badges: readonly Badge[]
  readonly missions: readonly Mission[]
  readonly boards: readonly Board[]
  /** The rules of the fold by event type: points, badges, missions, each in the order of the file. */
  readonly rulesByType: ReadonlyMap<string, readonly Rule[]>
}

/** States are kept under ids and types as plain objects, which have some names from birth. */
const free = z
  .string()
  .refine((name) => !(name in {}), { error: 'this name means something else in JavaScript; choose another' })
const id = free.regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected an id of small letters, digits and -')
const type = free.min(1).max(64)
const points = z.number().positive().max(1_000_000_000)

const bands = z
  .array(z.strictObject({ from: z.number(), name: z.string().min(1) }))
  .min(1)
  .refine((list) => list.every(({ from }, i) => i === 0 || from < list[i - 1]!.from), {
    error: 'expected bands in descending order of from',
  })
const steps = z
  .array(
    z
      .strictObject({
        atMost: z.number().optional(),
        atLeast: z.number().optional(),
        above: z.number().optional(),
        score: z.number(),
      })
      .refine((step) => Object.keys(step).length <= 2, {
        error: 'expected one of atMost, atLeast and above',
      }),
  )
  .min(1)
const window = z.int().min(1).max(366)

const programSchema = z.strictObject({
  program: id,
  zone: z.string(),
  wallets: z.array(id).min(1),
  scores: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ id, kind: z.literal('recency'), on: type, steps, bands }),
        z.strictObject({ id, kind: z.literal('frequency'), on: type, days: window, steps, bands }),
        z.strictObject({ id, kind: z.literal('monetary'), on: type, days: window, steps, bands }),
        z.strictObject({ id, kind: z.literal('engagement'), on: type.optional(), days: window, bands }),
      ]),
    )
    .default([]),
  points: z
    .array(
      z.strictObject({
        id,
        on: type,
        when: z.string().optional(),
        amount: z.string(),
        wallet: id,
        cap: z.strictObject({ amount: points, per: z.enum(['day', 'week', 'month', 'all']) }).optional(),
      }),
    )
    .default([]),
  badges: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ id, kind: z.literal('first'), on: type, when: z.string().optional() }),
        z.strictObject({
          id,
          kind: z.literal('day-streak'),
          on: type,
          when: z.string().optional(),
          levels: z
            .array(z.int().min(1))
            .min(1)
            .refine((days) => days.every((day, i) => i === 0 || day > days[i - 1]!), {
              error: 'expected levels in ascending order',
            }),
        }),
      ]),
    )
    .default([]),
  missions: z
    .array(
      z.strictObject({
        id,
        on: type,
        when: z.string().optional(),
        objective: z.union(
          [
            z.strictObject({ sum: z.literal('value'), target: z.number().positive() }),
            z.strictObject({ count: z.literal('events'), target: z.int().positive() }),
          ],
          { error: 'expected { sum: value, target: 5120 } or { count: events, target: 3 }' },
        ),
        window: z.enum(['day', 'week', 'month', 'once']),
        reward: z.strictObject({ wallet: id, amount: points }).optional(),
      }),
    )
    .default([]),
  leaderboards: z
    .array(z.strictObject({ id, wallet: id, period: z.enum(['day', 'week', 'month', 'all']) }))
    .default([]),
})

type Definition = z.infer<typeof programSchema>

/**
 * Reads and compiles program.yaml.
 *
 * @param version what the awards of this program are to be marked with
 * @throws LaurelError PROGRAM_INVALID with file, line and what to change for every mistake
 */
export function parseProgram(file: string, text: string, version: string): Program {
  const document = new Document(file, text, programSchema)
  const definition = document.content
  const mistakes = [...names(document, definition), ...wallets(document, definition)]
  const expression = (path: readonly PropertyKey[], source: string, result: 'bool' | 'double') => {
    try {
      return result === 'bool' ? compile(source, 'bool') : compile(source, 'double')
    } catch (error) {
      mistakes.push(document.mistake(path, firstLine(error)))
      return () => 0
    }
  }
  const condition = (path: readonly PropertyKey[], source: string | undefined) =>
    source === undefined ? () => true : (expression([...path, 'when'], source, 'bool') as Expression<boolean>)
  const rules: Rule[] = [
    ...definition.points.map((rule, i) =>
      pointsRule(
        rule.id,
        rule.on,
        condition(['points', i], rule.when),
        expression(['points', i, 'amount'], rule.amount, 'double') as Expression<number>,
        rule.wallet,
        rule.cap && { amount: scaled(rule.cap.amount), per: rule.cap.per },
      ),
    ),
    ...definition.badges.map((rule, i) => {
      const when = condition(['badges', i], rule.when)
      return rule.kind === 'first'
        ? firstRule(rule.id, rule.on, when)
        : dayStreakRule(rule.id, rule.on, when, rule.levels)
    }),
    ...definition.missions.map((rule, i) =>
      missionRule(
        rule.id,
        rule.on,
        condition(['missions', i], rule.when),
        'sum' in rule.objective ? 'sum' : 'count',
        scaled(rule.objective.target),
        rule.window,
        rule.reward && { wallet: rule.reward.wallet, amount: scaled(rule.reward.amount) },
      ),
    ),
  ]
  const zone = zoneOf(document, definition.zone, mistakes)
  if (mistakes.length > 0) document.refuse(mistakes)
  return {
    name: definition.program,
    version,
    zone,
    wallets: definition.wallets,
    scores: definition.scores.map(scoreRule),
    badges: definition.badges.map((badge) => ({
      id: badge.id,
      levels: badge.kind === 'first' ? null : badge.levels,
    })),
    missions: definition.missions.map(({ id, objective, window }) => ({
      id,
      target: scaled(objective.target),
      window,
    })),
    boards: definition.leaderboards,
    rulesByType: byType(rules),
  }
}

function byType(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  return new Map(rules.map(({ on }) => [on, rules.filter((rule) => rule.on === on)]))
}

function scaled(amount: number): number {
  return Math.round(amount * SCALE)
}

function scoreRule(score: Definition['scores'][number]): ScoreRule {
  return {
    id: score.id,
    kind: score.kind,
    on: score.on ?? null,
    days: 'days' in score ? score.days : Number.POSITIVE_INFINITY,
    steps: 'steps' in score ? score.steps.map(step) : [],
    bands: score.bands,
  }
}

function step({ atMost, atLeast, above, score }: z.infer<typeof steps>[number]): ScoreRule['steps'][number] {
  if (atMost !== undefined) return { bound: 'atMost', limit: atMost, score }
  if (atLeast !== undefined) return { bound: 'atLeast', limit: atLeast, score }
  if (above !== undefined) return { bound: 'above', limit: above, score }
  return { bound: 'always', limit: 0, score }
}

function zoneOf(document: Document<Definition>, name: string, mistakes: Mistake[]): Zone {
  try {
    return new Zone(name)
  } catch {
    mistakes.push(document.mistake(['zone'], `expected an IANA time zone such as Asia/Dhaka, got ${name}`))
    return new Zone('UTC')
  }
}

const LISTS = ['scores', 'points', 'badges', 'missions', 'leaderboards'] as const

/** A rule's state and its outcomes are kept under its id, so that no two rules may share one. */
function names(document: Document<Definition>, definition: Definition): Mistake[] {
  const seen = new Set<string>()
  return LISTS.flatMap((list) =>
    definition[list].flatMap(({ id }, i) => {
      if (!seen.has(id)) {
        seen.add(id)
        return []
      }
      return [document.mistake([list, i, 'id'], `${id} names another rule already; choose an id of its own`)]
    }),
  )
}

function wallets(document: Document<Definition>, definition: Definition): Mistake[] {
  const uses: [PropertyKey[], string][] = [
    ...definition.points.map(({ wallet }, i): [PropertyKey[], string] => [['points', i, 'wallet'], wallet]),
    ...definition.missions.flatMap(({ reward }, i): [PropertyKey[], string][] =>
      reward ? [[['missions', i, 'reward', 'wallet'], reward.wallet]] : [],
    ),
    ...definition.leaderboards.map(({ wallet }, i): [PropertyKey[], string] => [
      ['leaderboards', i, 'wallet'],
      wallet,
    ]),
  ]
  return uses
    .filter(([, wallet]) => !definition.wallets.includes(wallet))
    .map(([path, wallet]) =>
      document.mistake(path, `no wallet is named ${wallet}; there are ${definition.wallets.join(', ')}`),
    )
}
