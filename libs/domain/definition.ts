import { z } from 'zod'
import { attributeSchema } from './attribute.ts'
import { boardSchema } from './board.ts'
import { aliasSchema } from './rules/alias.ts'
import { badgeSchema } from './rules/badge.ts'
import { missionSchema } from './rules/mission.ts'
import { pointsSchema } from './rules/points.ts'
import { scoreSchema } from './score-definition.ts'
import { segmentSchema } from './segment.ts'
import { days, id } from './term.ts'

/** What program.yaml holds. Each kind of entry is defined where it is carried out. */
export const programSchema = z.strictObject({
  program: id,
  zone: z.string(),
  wallets: z
    .array(
      z.union([id, z.strictObject({ id, expiresAfterDays: days.optional() })], {
        error: 'expected the name of a wallet, or { id: points, expiresAfterDays: 365 }',
      }),
    )
    .min(1),
  scores: z.array(scoreSchema).default([]),
  attributes: z.array(attributeSchema).default([]),
  segments: z.array(segmentSchema).default([]),
  points: z.array(pointsSchema).default([]),
  badges: z.array(badgeSchema).default([]),
  missions: z.array(missionSchema).default([]),
  leaderboards: z.array(boardSchema).default([]),
  aliases: z.array(aliasSchema).default([]),
})

export type Definition = z.infer<typeof programSchema>
