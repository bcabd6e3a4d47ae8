import type { z } from 'zod'
import { LARGEST_BODY, MOST_EVENTS } from './body.ts'
import { challengeQuery } from './challenge.ts'
import { customerQuery } from './customer.ts'
import { leaderboardQuery } from './leaderboard.ts'
import type { ProblemKind } from './problem.ts'
import * as schema from './schema.ts'
import { timelineQuery } from './timeline.ts'

/** What the API offers: documentation, the list in a 404 and the tests are made from this. */
export interface Operation {
  readonly method: 'get' | 'post'
  /** As OpenAPI writes it. */
  readonly path: string
  readonly summary: string
  /** Paragraphs. */
  readonly description: readonly string[]
  /** Whose token it asks for. */
  readonly token: 'source' | 'read' | 'none'
  readonly pathParameters?: Readonly<Record<string, string>>
  readonly query?: z.ZodObject
  readonly answer?: { readonly status: number; readonly schema: z.ZodType }
  readonly problems: readonly ProblemKind[]
  /** What follows `curl` and the address; absent where the path alone does. */
  readonly curl?: string
}

const CUSTOMER_ID =
  'a UUID, a phone number in any usual spelling (01700000042, 8801700000042, +8801700000042) or another id as it was written'

export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/events',
    summary: 'Send events',
    description: [
      'One event as a JSON object, several as an array, or one a line as NDJSON (Content-Type ' +
        'application/x-ndjson); CloudEvents in JSON pass as they are. Each source has its own token, and its events may ' +
        `name no other source. At most ${MOST_EVENTS.toLocaleString('en')} events and ${LARGEST_BODY / 1024 / 1024} MiB a request.`,
      'The answer comes once everything is stored, with a verdict for each event: accepted, a duplicate of an event ' +
        'accepted before, or failed with what to change. A failed event is kept and can be repaired; it does not stop ' +
        'the others. A request whose JSON breaks off is refused as a whole, and nothing of it is stored.',
      'Give every event an event_id, unique within its source, or send a webhook-id header that a resend of the same ' +
        'request repeats: then sending something again never counts twice. After a 503 or no answer at all, send the ' +
        'same request again.',
    ],
    token: 'source',
    answer: { status: 202, schema: schema.receipt },
    problems: [
      'request-invalid',
      'json-invalid',
      'unauthorized',
      'too-large',
      'media-type-unsupported',
      'unavailable',
    ],
    curl:
      "-H 'authorization: Bearer <token>' -H 'content-type: application/json' \\\n  " +
      '-d \'{"event_id":"r-1","customer_id":"+8801700000042","event_type":"recharge",' +
      '"timestamp":"2026-11-23T09:00:00Z","amount":50.00}\'',
  },
  {
    method: 'get',
    path: '/v1/customers/{id}',
    summary: "A customer's scores, wallets, badges, missions, tiers and ranks",
    description: [
      'Without asOf: as it stands now. Points are visible as soon as an event is gamified, even where its timestamp ' +
        'lies a little in the future.',
      'With asOf: worked out from the events that happened until then, and from nothing else. An event that arrived ' +
        'later counts, since it happened; one that happened later does not.',
      'ranks has the present period of each leaderboard, null where the customer is unranked. It is empty for an asOf ' +
        'in the past, since places depend on everybody else, and while the leaderboards are made anew.',
    ],
    token: 'read',
    pathParameters: { id: CUSTOMER_ID },
    query: customerQuery,
    answer: { status: 200, schema: schema.customer },
    problems: ['request-invalid', 'unauthorized', 'not-found', 'unavailable'],
    curl: '/v1/customers/01700000042',
  },
  {
    method: 'get',
    path: '/v1/customers/{id}/timeline',
    summary: "A customer's events, latest first, and what each earned",
    description: [
      'An award has the version of the program that gave it, the numbers behind it, and what the ledger was told of it, ' +
        'corrections included. For the next page, pass its next as before.',
    ],
    token: 'read',
    pathParameters: { id: CUSTOMER_ID },
    query: timelineQuery,
    answer: { status: 200, schema: schema.timeline },
    problems: ['request-invalid', 'unauthorized', 'not-found', 'unavailable'],
    curl: "'/v1/customers/01700000042/timeline?limit=5'",
  },
  {
    method: 'get',
    path: '/v1/events/{id}',
    summary: 'What became of an event',
    description: [
      'Stored, a duplicate, or failed and why; when each stage was done with it; what it earned. A browser gets a page.',
    ],
    token: 'read',
    pathParameters: {
      id:
        'the id that Laurel gave the event, the event_id that its source gave it, or where it came from: ' +
        'topic/partition/offset (webhook/0/… for a webhook)',
    },
    answer: { status: 200, schema: schema.trace },
    problems: ['unauthorized', 'not-found', 'unavailable'],
    curl: '/v1/events/billing-events/2/1200',
  },
  {
    method: 'get',
    path: '/v1/leaderboards/{id}',
    summary: 'A leaderboard',
    description: [
      'Competition ranks (1, 2, 2, 4); among equals the one who was there first stands first.',
      'A customer is shown by the alias that they chose, where the program has one, or by a masked id: always the same for ' +
        'one customer, and with no way back to a phone number or another id.',
      'A period that is settled is answered as it was written down then, with its first 1,000 entries: nothing changes it.',
    ],
    token: 'read',
    pathParameters: { id: 'such as points-week' },
    query: leaderboardQuery,
    answer: { status: 200, schema: schema.leaderboard },
    problems: ['request-invalid', 'unauthorized', 'not-found', 'unavailable'],
    curl: "'/v1/leaderboards/points-week?limit=3'",
  },
  {
    method: 'get',
    path: '/v1/challenges/{id}',
    summary: 'Who has won a challenge',
    description: [
      'Settled winners are so for good. Before that: who would win as things stand. Customers are shown as on a leaderboard.',
    ],
    token: 'read',
    pathParameters: { id: 'such as first-hundred' },
    query: challengeQuery,
    answer: { status: 200, schema: schema.challenge },
    problems: ['request-invalid', 'unauthorized', 'not-found', 'unavailable'],
    curl: "'/v1/challenges/first-hundred?limit=3'",
  },
  {
    method: 'get',
    path: '/v1/pipeline',
    summary: 'How the pipeline is doing',
    description: [
      'Events by stage, open batches and failures, how far the bridge is behind Kafka, and the queues. What cannot be ' +
        'known at the moment is null, and unknown says why.',
    ],
    token: 'read',
    answer: { status: 200, schema: schema.pipeline },
    problems: ['unauthorized', 'unavailable'],
    curl: '/v1/pipeline',
  },
  {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process lives',
    description: [],
    token: 'none',
    problems: [],
  },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Whether it can serve: PostgreSQL and Redis answer, and it is not stopping',
    description: [],
    token: 'none',
    problems: [],
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics in the format of Prometheus',
    description: [],
    token: 'none',
    problems: [],
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This documentation as OpenAPI 3.1',
    description: [],
    token: 'none',
    problems: [],
  },
  {
    method: 'get',
    path: '/docs',
    summary: 'This documentation',
    description: [],
    token: 'none',
    problems: [],
  },
]
