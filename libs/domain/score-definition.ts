import { z } from 'zod'
import type { Definition } from './definition.ts'
import type { Document, Mistake } from './document.ts'
import { decayWeights, type Part, type ScoreRule } from './score.ts'
import { days, id, type } from './term.ts'

const bands = z
  .array(
    z.strictObject({
      from: z.number().meta({
        description: 'The least value of the band; of the last one, anything below.',
        examples: [0],
      }),
      name: z
        .string()
        .min(1)
        .meta({ description: 'What the band is called.', examples: ['active'] }),
    }),
  )
  .min(1)
  .refine((list) => list.every(({ from }, i) => i === 0 || from < list[i - 1]!.from), {
    error: 'expected bands in descending order of from, the highest first',
  })
  .meta({
    description: 'What values are called, the highest band first.',
    examples: [
      [
        { from: 4, name: 'active' },
        { from: 0, name: 'idle' },
      ],
    ],
  })
const step = z
  .strictObject({
    atMost: z.number().meta({ description: 'Fits what is this or less.' }).optional(),
    atLeast: z.number().meta({ description: 'Fits what is this or more.' }).optional(),
    above: z.number().meta({ description: 'Fits what is more than this.' }).optional(),
    score: z.number().meta({ description: 'The value of the score where the line fits.', examples: [5] }),
  })
  .refine((written) => Object.keys(written).length <= 2, {
    error: 'expected one of atMost, atLeast and above in a step',
  })
const steps = z
  .array(step)
  .min(1)
  .superRefine((list, context) => {
    const i = list.findIndex((_, j) => j > 0 && isHidden(list[j - 1]!, list[j]!))
    if (i < 0) return
    const message =
      'a step above this one fits all that this one does: steps are tried from the first to the last, so the ' +
      'narrower comes first, and one without a bound last'
    context.addIssue({ code: 'custom', path: [i], message })
  })
  .meta({
    description:
      'How what is measured becomes the value: the first line that fits. Without a bound, a line always fits.',
    examples: [[{ atLeast: 4, score: 5 }, { score: 1 }]],
  })
const window = days
  .max(366)
  .meta({ description: 'How many local days count, today included.', examples: [90] })

/** An entry of `scores`. */
export const scoreSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('recency').describe('Local days since the last event.'),
    on: type,
    steps,
    bands,
  }),
  z.strictObject({
    id,
    kind: z.literal('frequency').describe('How many events there were.'),
    on: type,
    days: window,
    steps,
    bands,
  }),
  z.strictObject({
    id,
    kind: z.literal('monetary').describe('What the values of events sum up to.'),
    on: type,
    days: window,
    steps,
    bands,
  }),
  z.strictObject({
    id,
    kind: z.literal('engagement').describe('On how many local days there was an event.'),
    on: type.optional(),
    days: window,
    bands,
  }),
  z.strictObject({
    id,
    kind: z.literal('decayed').describe('The sum of values, each counting half after so many days.'),
    on: type,
    days: window,
    halfLifeDays: z
      .number()
      .positive()
      .meta({ description: 'After so many days a value counts half.', examples: [30] }),
    bands,
  }),
  z
    .strictObject({
      id,
      kind: z.literal('trend').describe('How the last days compare with a longer window.'),
      on: type.optional(),
      sum: z.literal('value').optional(),
      days: window.default(7),
      overDays: window.default(30),
      bands,
    })
    .refine((written) => written.overDays > written.days, {
      path: ['overDays'],
      error: 'expected more days than days has: the shorter window is held against the longer one',
    })
    .refine((written) => written.sum === undefined || written.on !== undefined, {
      path: ['sum'],
      error: 'values are summed up of one type of event: add on: recharge, or leave sum out to count events',
    }),
  z.strictObject({
    id,
    kind: z.literal('tenure').describe('Local days since the first event.'),
    on: type.optional(),
    bands,
  }),
  z.strictObject({
    id,
    kind: z.literal('churn-risk').describe('Days since the last event against the usual gap between events.'),
    on: type.optional(),
    days: window,
    bands,
  }),
  z.strictObject({
    id,
    kind: z.literal('composite').describe('Other scores weighed together.'),
    of: z
      .record(id, z.number().min(-1_000).max(1_000))
      .refine((of) => Object.keys(of).length > 0, {
        error:
          'expected the scores that it is made of, each with its weight, such as { recency: 0.5, frequency: 0.5 }',
      })
      .meta({ examples: [{ recency: 0.5, frequency: 0.5 }] }),
    bands,
  }),
])

/** Whether a step never gets its turn, because the one before it fits all that it does. */
function isHidden(before: z.infer<typeof step>, { atMost, atLeast, above }: z.infer<typeof step>): boolean {
  if (before.atMost !== undefined) return atMost !== undefined && atMost <= before.atMost
  if (before.atLeast !== undefined)
    return (
      (atLeast !== undefined && atLeast >= before.atLeast) || (above !== undefined && above >= before.atLeast)
    )
  if (before.above !== undefined)
    return (above !== undefined && above >= before.above) || (atLeast !== undefined && atLeast > before.above)
  return true
}

type WrittenScore = z.infer<typeof scoreSchema>
type Composite = Extract<WrittenScore, { kind: 'composite' }>

/** The scores of a program; what is wrong with what its composites are made of is among the mistakes. */
export function scoreRules(document: Document<Definition>, mistakes: Mistake[]): readonly ScoreRule[] {
  const { scores } = document.content
  const found = scores.flatMap((score, i) =>
    score.kind === 'composite' ? mistakesOf(score, ['scores', i, 'of'], document) : [],
  )
  mistakes.push(...found)
  const rules = new Map<string, ScoreRule>()
  for (const score of scores) if (score.kind !== 'composite') rules.set(score.id, scoreRule(score))
  // Nothing comes of a program with a mistake, and a composite that is part of itself would not come to an end. Their
  // bands are there to be asked for.
  if (mistakes.length > 0) {
    return scores.map((score) =>
      score.kind === 'composite' ? compositeRule(score, []) : rules.get(score.id)!,
    )
  }
  const composites = new Map(
    scores.flatMap((score) => (score.kind === 'composite' ? [[score.id, score]] : [])),
  )
  const weights = new Map<string, ReadonlyMap<string, number>>()
  return scores.map((score, i) => {
    if (score.kind !== 'composite') return rules.get(score.id)!
    const all = weightsOf(score, composites, weights)
    if ([...all.values()].some((weight) => Math.abs(weight) > HEAVIEST)) {
      const message = `the weights of composites in composites come to more than ${HEAVIEST}: make them smaller`
      mistakes.push(document.mistake(['scores', i, 'of'], message))
    }
    const parts = [...all].map(([id, weight]): Part => ({ score: rules.get(id)!, weight }))
    return compositeRule(
      score,
      // A sum of doubles depends on its order, and the order in a file means nothing.
      parts.toSorted((a, b) => (a.score.id < b.score.id ? -1 : 1)),
    )
  })
}

const HEAVIEST = 1_000_000

/** Ids of scores with those that they are made of, and those that these are made of. */
export function withParts(ids: Iterable<string>, scores: readonly WrittenScore[]): ReadonlySet<string> {
  const all = new Set(ids)
  // What is added on the way is visited as well.
  for (const id of all) {
    for (const score of scores)
      if (score.id === id && score.kind === 'composite')
        for (const part of Object.keys(score.of)) all.add(part)
  }
  return all
}

function mistakesOf(
  { id, of }: Composite,
  path: readonly PropertyKey[],
  document: Document<Definition>,
): readonly Mistake[] {
  const { scores } = document.content
  return Object.keys(of).flatMap((part) => {
    if (!scores.some((each) => each.id === part)) {
      const stranger = document.stranger('scores', 'score', part)
      return stranger === undefined ? [] : [document.mistake([...path, part], stranger)]
    }
    if (!withParts([part], scores).has(id)) return []
    const message = `${id} would be made of itself by way of ${part}: a composite is made of other scores`
    return [document.mistake([...path, part], message)]
  })
}

/** What each score that is no composite counts in one, by way of all that it is made of. */
function weightsOf(
  { id, of }: Composite,
  composites: ReadonlyMap<string, Composite>,
  known: Map<string, ReadonlyMap<string, number>>,
): ReadonlyMap<string, number> {
  const before = known.get(id)
  if (before) return before
  const weights = new Map<string, number>()
  const add = (part: string, weight: number) => weights.set(part, (weights.get(part) ?? 0) + weight)
  for (const [part, weight] of Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const inner = composites.get(part)
    if (inner === undefined) add(part, weight)
    else for (const [each, own] of weightsOf(inner, composites, known)) add(each, weight * own)
  }
  known.set(id, weights)
  return weights
}

function compositeRule({ id, kind, bands }: Composite, parts: readonly Part[]): ScoreRule {
  const types = new Set(parts.map(({ score }) => score.on))
  const [on = null] = types
  return { id, kind, on: types.size === 1 ? on : null, days: 0, weights: [], steps: [], parts, bands }
}

function scoreRule(score: Exclude<WrittenScore, Composite>): ScoreRule {
  return {
    id: score.id,
    kind: score.kind,
    on: score.on ?? null,
    days: 'days' in score ? score.days : Number.POSITIVE_INFINITY,
    ...(score.kind === 'trend' && { overDays: score.overDays, sums: score.sum === 'value' }),
    weights: score.kind === 'decayed' ? decayWeights(score.days, score.halfLifeDays) : [],
    steps: 'steps' in score ? score.steps.map(boundOf) : [],
    bands: score.bands,
  }
}

function boundOf({ atMost, atLeast, above, score }: z.infer<typeof step>): ScoreRule['steps'][number] {
  if (atMost !== undefined) return { bound: 'atMost', limit: atMost, score }
  if (atLeast !== undefined) return { bound: 'atLeast', limit: atLeast, score }
  if (above !== undefined) return { bound: 'above', limit: above, score }
  return { bound: 'always', limit: 0, score }
}
