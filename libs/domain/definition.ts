import { z } from 'zod'
import { attributeSchema } from './attribute.ts'
import { boardSchema } from './board.ts'
import { challengeSchema } from './challenge.ts'
import { aliasSchema } from './rules/alias.ts'
import { badgeSchema } from './rules/badge.ts'
import { missionSchema } from './rules/mission.ts'
import { pointsSchema } from './rules/points.ts'
import { tierSchema } from './rules/tier.ts'
import { scoreSchema } from './score-definition.ts'
import { segmentSchema } from './segment.ts'
import { days, id, wallet } from './term.ts'

const expiry = days.meta({
  description: 'Points that are not spent within so many local days expire.',
  examples: [365],
})

/** What program.yaml holds. Each kind of entry is defined where it is carried out. */
export const programSchema = z.strictObject({
  program: id.meta({ description: 'The name of the program; it stays.', examples: ['telco'] }),
  zone: z.string().meta({
    description: 'The IANA time zone of its days, weeks and months, and of from and until; it stays.',
    examples: ['Asia/Dhaka'],
  }),
  wallets: z
    .array(
      z.union([wallet, z.strictObject({ id: wallet, expiresAfterDays: expiry.optional() })], {
        error: 'expected the name of a wallet, or { id: points, expiresAfterDays: 365 }',
      }),
    )
    .min(1)
    .meta({
      description: 'What points are kept in, each by its name; at least one.',
      examples: [['points']],
    }),
  scores: z.array(scoreSchema).default([]),
  attributes: z.array(attributeSchema).default([]),
  segments: z.array(segmentSchema).default([]),
  points: z.array(pointsSchema).default([]),
  badges: z.array(badgeSchema).default([]),
  missions: z.array(missionSchema).default([]),
  tiers: z.array(tierSchema).default([]),
  leaderboards: z.array(boardSchema).default([]),
  challenges: z.array(challengeSchema).default([]),
  aliases: z.array(aliasSchema).default([]),
})

export type Definition = z.infer<typeof programSchema>
