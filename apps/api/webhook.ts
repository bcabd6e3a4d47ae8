import { randomUUID } from 'node:crypto'
import express, { type Request, type RequestHandler, type Response } from 'express'
import type { IdentityClaim } from '#domain/event.ts'
import { FAILURES } from '#domain/failure.ts'
import type { Payload } from '#domain/message.ts'
import { type Context, willPass } from '#pipeline/context.ts'
import type { Delivery } from '#pipeline/delivery.ts'
import { identityOf } from '#pipeline/identity.ts'
import { type Recorded, type Recording, record, type Verdict, WEBHOOK } from '#pipeline/normalization.ts'
import { passOn } from '#pipeline/stages.ts'
import type { Log } from '#runtime/log.ts'
import { eventsOf, formatOf, LARGEST_BODY } from './body.ts'
import { Grouping, Overloaded } from './grouping.ts'
import { Problem, unavailable } from './problem.ts'
import type { Receipt, WrittenVerdict } from './schema.ts'
import { sourceOfToken, type Tokens } from './token.ts'

const PARTITION = 0
const LONGEST_WEBHOOK_ID = 256
const OFFSETS_PER_MS = 1_000

const RESEND_WARNING =
  'nothing in this event tells it from another, so that sending it again would count it twice: give it an ' +
  'event_id, or send the request with a webhook-id header that a resend repeats'

/** A delivery, with what its event's identity is made from where it brings nothing itself. */
interface Posted extends Delivery {
  readonly claim: IdentityClaim
}

/** Takes events by HTTP: what is answered with 202 is in PostgreSQL. */
export class Webhook {
  readonly #context: Context
  readonly #tokens: Tokens<string>
  readonly #log: Log
  readonly #grouping = new Grouping((deliveries) => this.#record(deliveries))
  /** Jobs of committed groups on their way to Redis. */
  readonly #following = new Set<Promise<void>>()
  #lastOffset = 0

  constructor(context: Context, tokens: Tokens<string>, log: Log) {
    this.#context = context
    this.#tokens = tokens
    this.#log = log
  }

  /** POST /v1/events */
  take(): RequestHandler {
    return async (request, response) => {
      // The token first, so that nobody else's body is read.
      const source = sourceOfToken(request, this.#tokens)
      const format = formatOf(request.get('content-type'))
      const events = eventsOf(await bodyOf(request, response), format)
      response.status(202).json(await this.#accept(events, source, request.get('webhook-id')))
    }
  }

  /** Stores what waits, and passes it on. */
  async drain(): Promise<void> {
    await this.#grouping.drain()
    await Promise.all(this.#following)
  }

  async #accept(events: readonly Payload[], source: string, webhookId: string | undefined): Promise<Receipt> {
    const deliveries = this.#deliveriesOf(events, source, requestId(webhookId))
    const verdicts = await this.#grouping.add(deliveries).catch((error) => {
      if (!(error instanceof Overloaded)) throw error
      throw unavailable('more events wait to be stored than PostgreSQL takes in: send them again in a moment')
    })
    const written = verdicts.map((verdict, i) => writeVerdict(verdict, i, deliveries[i]!))
    const count = (status: Verdict['status']) =>
      verdicts.filter((verdict) => verdict.status === status).length
    return {
      accepted: count('accepted'),
      duplicates: count('duplicate'),
      failed: count('failed'),
      verdicts: written,
    }
  }

  #deliveriesOf(events: readonly Payload[], source: string, request: IdentityClaim): Posted[] {
    const arrival = Date.now()
    return events.map((value, index) => {
      // With the source in it: senders choose their webhook-id, and two may choose the same.
      const claim = { kind: request.kind, id: `${source}/${request.id}/${index}` }
      return {
        message: { offset: String(this.#nextOffset(arrival)), timestamp: arrival, value },
        origin: { source, bound: true, arrival, headerId: undefined, fallback: () => claim },
        claim,
      }
    })
  }

  /** Unique within this process, ascending, and telling the time of arrival. */
  #nextOffset(arrival: number): number {
    this.#lastOffset = Math.max(this.#lastOffset + 1, arrival * OFFSETS_PER_MS)
    return this.#lastOffset
  }

  async #record(deliveries: readonly Delivery[]): Promise<readonly Verdict[]> {
    const { database, sources } = this.#context
    const key = `${WEBHOOK}/${randomUUID()}`
    const recording: Recording = { key, topic: WEBHOOK, partition: PARTITION, deliveries }
    const recorded = await record(database, sources, recording, false).catch((error) => {
      if (willPass(error)) throw error
      this.#log.warn({ err: error }, 'recorded again, event by event')
      return record(database, sources, recording, true)
    })
    this.#follow(recording, recorded)
    return recorded.verdicts
  }

  /** Nobody waits for Redis: the events are in PostgreSQL, and the sweeper finds those without a job. */
  #follow(recording: Recording, recorded: Recorded): void {
    const following = passOn(this.#context, recording, recorded)
      .catch((error) => this.#log.warn({ err: error, batch: recorded.batch }, 'left to the sweeper'))
      .finally(() => this.#following.delete(following))
    this.#following.add(following)
  }
}

const readBody = express.raw({ type: () => true, limit: LARGEST_BODY })

/** A request's bytes, unpacked where they came compressed; none where it has no body. */
async function bodyOf(request: Request, response: Response): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => {
    readBody(request, response, (error: unknown) => (error === undefined ? resolve() : reject(error)))
  })
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/** What the identities of a request's events are made from, where they bring nothing themselves. */
function requestId(webhookId: string | undefined): IdentityClaim {
  const id = webhookId?.trim() ?? ''
  if (id === '') return { kind: 'request', id: randomUUID() }
  if (id.length > LONGEST_WEBHOOK_ID) {
    throw new Problem('request-invalid', `webhook-id: expected at most ${LONGEST_WEBHOOK_ID} characters`)
  }
  return { kind: 'webhook_id', id }
}

function writeVerdict(verdict: Verdict, index: number, { message, origin, claim }: Posted): WrittenVerdict {
  const from = `${WEBHOOK}/${PARTITION}/${message.offset}`
  if (verdict.status === 'failed') {
    const { code, pointer, expected, got } = verdict.rejection
    const { meaning, remedy } = FAILURES[code]
    const { failure } = verdict
    return { index, status: 'failed', code, meaning, pointer, expected, got, remedy, failure, from }
  }
  const { status, event } = verdict
  const isMadeUp = claim.kind === 'request' && event === identityOf(origin.source, claim)
  const warnings = isMadeUp ? [...verdict.warnings, RESEND_WARNING] : [...verdict.warnings]
  return status === 'accepted'
    ? { index, status, event, warnings }
    : { index, status, event, duplicateOf: event, warnings }
}
