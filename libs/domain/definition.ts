import { z } from 'zod'
import { attributeSchema } from './attribute.ts'
import { boardSchema } from './board.ts'
import { challengeSchema } from './challenge.ts'
import { eligibilitySchema } from './eligibility.ts'
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
  scores: z
    .array(scoreSchema)
    .default([])
    .describe('What customers are measured by: each has a value, and bands of it.'),
  attributes: z
    .array(attributeSchema)
    .default([])
    .describe('What is known of a customer by the word of events.'),
  segments: z.array(segmentSchema).default([]).describe('Customers of whom something holds at present.'),
  eligibility: z
    .array(eligibilitySchema)
    .default([])
    .describe('What has to hold of a customer for events to count at all.'),
  points: z.array(pointsSchema).default([]).describe('What events earn, and into which wallet.'),
  badges: z.array(badgeSchema).default([]).describe('What is given for what a customer has done.'),
  missions: z
    .array(missionSchema)
    .default([])
    .describe('Objectives to reach within a window, and what they give.'),
  tiers: z.array(tierSchema).default([]).describe('Levels that a customer climbs.'),
  leaderboards: z.array(boardSchema).default([]).describe('Rankings of customers within a period.'),
  challenges: z
    .array(challengeSchema)
    .default([])
    .describe('What the first customers win, or those who lead a leaderboard.'),
  aliases: z.array(aliasSchema).default([]).describe('How a customer is shown to others.'),
})

export type Definition = z.infer<typeof programSchema>
