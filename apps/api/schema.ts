import { z } from 'zod'

/** The shapes of the API's answers: the documentation is made from them, and the tests hold them. */

const time = z.iso.datetime()
const eventId = z.uuid()
const amounts = z.record(z.string(), z.number())

const verdict = z.discriminatedUnion('status', [
  z.strictObject({
    index: z.int(),
    status: z.literal('accepted'),
    event: eventId,
    warnings: z.array(z.string()),
  }),
  z.strictObject({
    index: z.int(),
    status: z.literal('duplicate'),
    event: eventId,
    duplicateOf: eventId,
    warnings: z.array(z.string()),
  }),
  z.strictObject({
    index: z.int(),
    status: z.literal('failed'),
    code: z.string(),
    meaning: z.string(),
    pointer: z.string().describe('RFC 6901; empty for the whole event'),
    expected: z.string(),
    got: z.string(),
    remedy: z.string(),
    failure: z.int().describe('the number of the failure, for operators'),
    from: z.string().describe('under which GET /v1/events/{id} finds it'),
  }),
])
export type WrittenVerdict = z.infer<typeof verdict>

export const receipt = z.strictObject({
  accepted: z.int(),
  duplicates: z.int(),
  failed: z.int(),
  verdicts: z.array(verdict).describe('one for each event, in their order'),
})
export type Receipt = z.infer<typeof receipt>

const subject = z.strictObject({ kind: z.enum(['uuid', 'msisdn', 'other']), value: z.string() })

const wallet = z.strictObject({
  balance: z.number(),
  earned: z.number(),
  spent: z.number(),
  expired: z.number(),
  adjusted: z.number(),
  pending: z.number(),
})

const rank = z.strictObject({ period: z.string(), rank: z.int(), total: z.number() })

export const customer = z.strictObject({
  subjects: z.array(subject),
  asOf: time,
  scores: z.record(z.string(), z.strictObject({ value: z.number(), band: z.string() })),
  attributes: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .describe('what events have told of the customer; the default where none has'),
  segments: z.array(z.string()).describe('those that the customer is in'),
  eligible: z.boolean().describe('whether what the customer does counts for rules'),
  wallets: z.record(z.string(), wallet),
  badges: z.array(
    z.strictObject({
      rule: z.string(),
      level: z.int(),
      awardedAt: time,
      eventId: eventId.nullable().describe('null where time alone earned it'),
      next: z.strictObject({ level: z.int(), current: z.int(), target: z.int() }).nullable(),
    }),
  ),
  missions: z.array(
    z.strictObject({
      rule: z.string(),
      period: z.string().nullable().describe('the window; null where it has no end, or none has begun'),
      endsAt: time.nullable().describe('the first instant after the window'),
      progress: z.number().describe('of its objective; of several, how many are reached'),
      target: z.number(),
      completedAt: time.nullable().describe('when it was last completed in this window'),
      completions: z.int().describe('how often it was completed, in all windows'),
      objectives: z.array(z.strictObject({ progress: z.number(), target: z.number() })),
    }),
  ),
  tiers: z
    .record(
      z.string(),
      z
        .strictObject({
          level: z.int(),
          name: z.string(),
          since: time,
          until: time
            .nullable()
            .describe('when time takes it away unless it is reached again before; null where time does not'),
        })
        .nullable(),
    )
    .describe('by tier; null where no level is held'),
  ranks: z
    .record(z.string(), rank.nullable())
    .describe('by leaderboard, null where unranked; empty where ranks are not known'),
})
export type Customer = z.infer<typeof customer>

const award = z.strictObject({
  rule: z.string(),
  kind: z.enum([
    'points',
    'badge',
    'mission',
    'bundle',
    'tier',
    'missed',
    'entry',
    'matured',
    'expired',
    'spent',
    'adjusted',
  ]),
  occurrence: z.string().describe('the event, the period or the level that it stands for'),
  level: z.int().nullable(),
  wallet: z.string().nullable(),
  amount: z.number(),
  availableAt: time.nullable().describe('until then the amount is pending; null: at once'),
  live: z.boolean().describe('false once a correction, or a later event, has taken it back'),
  revision: z.int(),
  program: z.string().describe('the version of the program that gave it'),
  receipt: z.record(z.string(), z.union([z.number(), z.string()])).describe('the numbers behind it'),
  postings: z
    .array(z.strictObject({ wallet: z.string(), amount: z.number(), revision: z.int(), recordedAt: time }))
    .describe('what the ledger was told, corrections included'),
})
export type WrittenAward = z.infer<typeof award>

export const timeline = z.strictObject({
  subjects: z.array(subject),
  events: z.array(
    z.strictObject({
      id: eventId,
      type: z.string(),
      source: z.string(),
      value: z.number().nullable(),
      at: time,
      arrivedAt: time,
      identity: z.string().describe('what the event is told by from others'),
      reverses: eventId.nullable().describe('the event that never happened by the word of this one'),
      reversedBy: eventId
        .nullable()
        .describe('the event by whose word this one never happened: it does not count'),
      awards: z.array(award),
    }),
  ),
  next: z.string().nullable().describe('the `before` of the next page; null on the last'),
})
export type Timeline = z.infer<typeof timeline>

const failure = z.strictObject({
  id: z.int(),
  state: z.enum(['open', 'resolved', 'discarded']),
  stage: z.string(),
  code: z.string(),
  pointer: z.string(),
  expected: z.string(),
  got: z.string(),
  reason: z.string().describe('all of it in a sentence, with what to do'),
  source: z.string(),
  customer: z.string().nullable(),
  from: z.string(),
  attempts: z.int(),
  program: z
    .int()
    .nullable()
    .describe('the version of the program that was applied; null at normalization, which reads none'),
  firstSeen: time,
  lastSeen: time,
})

export const trace = z.strictObject({
  id: z.string(),
  status: z.enum(['stored', 'duplicate', 'failed']),
  event: z
    .strictObject({
      id: eventId,
      type: z.string(),
      source: z.string(),
      customer: z.string().describe('masked'),
      value: z.number().nullable(),
      at: time,
      arrivedAt: time,
      identity: z.string(),
      from: z.string().describe('topic/partition/offset'),
    })
    .nullable(),
  duplicateOf: eventId.nullable(),
  failure: failure.nullable(),
  stages: z
    .strictObject({
      recorded: time,
      scored: time.nullable(),
      gamified: time.nullable(),
      ranked: time.nullable(),
    })
    .nullable(),
  awards: z.array(award),
  alsoDelivered: z
    .array(z.strictObject({ from: z.string(), recorded: time }))
    .describe('messages that brought the event once more, the latest first, at most 20'),
  sameEventId: z
    .array(z.strictObject({ id: eventId, source: z.string() }))
    .describe('events of other sources with the event_id that was asked for'),
})
export type Trace = z.infer<typeof trace>

export const leaderboard = z.strictObject({
  board: z.string(),
  period: z.string(),
  settled: z.boolean().describe('true once the period is over for good: nothing changes it any more'),
  entries: z.array(
    z.strictObject({
      rank: z.int(),
      customer: z.string().describe('the alias that they chose, or a masked id: #, and ten letters'),
      asked: z.boolean().describe('whether it is the customer that around names'),
      total: z.number(),
      achievedAt: time,
    }),
  ),
})
export type Leaderboard = z.infer<typeof leaderboard>

export const challenge = z.strictObject({
  challenge: z.string(),
  period: z.string().nullable().describe('of a challenge on a leaderboard: its period'),
  endsAt: time.nullable().describe('null where it is not known yet'),
  settled: z.boolean().describe('false while the winners are those as things stand'),
  winners: z.array(
    z.strictObject({
      rank: z.int().describe('of the first so many: the number in which they came'),
      customer: z.string().describe('the alias that they chose, or a masked id'),
      total: z.number().nullable().describe('on the leaderboard'),
      achievedAt: time,
      prize: z
        .strictObject({ wallet: z.string(), amount: z.number() })
        .nullable()
        .describe('null where the budget has nothing left'),
      paid: z.boolean(),
    }),
  ),
})
export type WrittenChallenge = z.infer<typeof challenge>

export const pipeline = z.strictObject({
  at: time,
  events: z.strictObject({
    recorded: z.int(),
    scored: z.int(),
    gamified: z.int(),
    duplicates: z.int(),
    failed: z.int(),
  }),
  openBatches: z.int(),
  oldestOpenSeconds: z.number().nullable(),
  failures: amounts.describe('open failures by code'),
  lag: z
    .array(
      z.strictObject({
        topic: z.string(),
        partition: z.int(),
        lag: z.int(),
        committed: z.string().nullable(),
        end: z.string(),
      }),
    )
    .nullable(),
  queues: z.record(z.string(), amounts).nullable().describe('jobs by queue and state'),
  unknown: z.record(z.string(), z.string()).describe('why `lag` or `queues` is null'),
})
export type PipelineStatus = z.infer<typeof pipeline>

export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('what is wrong and what to change'),
  instance: z.string(),
})
