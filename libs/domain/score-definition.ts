import { z } from 'zod'
import { decayWeights, type ScoreRule } from './score.ts'
import { days, id, type } from './term.ts'

const bands = z
  .array(z.strictObject({ from: z.number(), name: z.string().min(1) }))
  .min(1)
  .refine((list) => list.every(({ from }, i) => i === 0 || from < list[i - 1]!.from), {
    error: 'expected bands in descending order of from',
  })
const step = z
  .strictObject({
    atMost: z.number().optional(),
    atLeast: z.number().optional(),
    above: z.number().optional(),
    score: z.number(),
  })
  .refine((written) => Object.keys(written).length <= 2, {
    error: 'expected one of atMost, atLeast and above',
  })
const steps = z.array(step).min(1)
const window = days.max(366)

/** An entry of `scores`. */
export const scoreSchema = z.discriminatedUnion('kind', [
  z.strictObject({ id, kind: z.literal('recency'), on: type, steps, bands }),
  z.strictObject({ id, kind: z.literal('frequency'), on: type, days: window, steps, bands }),
  z.strictObject({ id, kind: z.literal('monetary'), on: type, days: window, steps, bands }),
  z.strictObject({ id, kind: z.literal('engagement'), on: type.optional(), days: window, bands }),
  z.strictObject({
    id,
    kind: z.literal('decayed'),
    on: type,
    days: window,
    halfLifeDays: z.number().positive(),
    bands,
  }),
  z
    .strictObject({
      id,
      kind: z.literal('trend'),
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
  z.strictObject({ id, kind: z.literal('tenure'), on: type.optional(), bands }),
  z.strictObject({ id, kind: z.literal('churn-risk'), on: type.optional(), days: window, bands }),
])

type WrittenScore = z.infer<typeof scoreSchema>

export function scoreRule(score: WrittenScore): ScoreRule {
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
