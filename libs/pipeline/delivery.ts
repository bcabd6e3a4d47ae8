import type { NormalEvent } from '#domain/event.ts'
import { Rejected, type Rejection } from '#domain/failure.ts'
import { at, type JsonObject, parseEvent } from '#domain/json.ts'
import type { Batch, Message, Payload } from '#domain/message.ts'
import { claimedIdentity, normalize, type Origin } from '#domain/normalization.ts'
import type { Sources } from '#domain/source.ts'
import { coordinates, identityOf } from './identity.ts'

const LARGEST_MESSAGE = 256 * 1024

/** One message on its way into the store. */
export interface Delivery {
  readonly message: Message
  readonly origin: Origin
  /** What an operator put in the message's place. */
  readonly fix?: string
  /** Whether it must not be read: whoever did so did not come back. */
  readonly isBarred?: boolean
}

/** A delivery as an event, or as what stops it from being one. */
export type Prepared =
  | {
      readonly delivery: Delivery
      readonly normal: NormalEvent
      readonly identity: string
      /** The identity of the event that never happened by this one's word. */
      readonly reverses: string | null
      readonly text: string
    }
  | { readonly delivery: Delivery; readonly rejection: Rejection; readonly customer: string | null }

const KILLER: Rejection = {
  code: 'MESSAGE_KILLS_WORKER',
  pointer: '',
  expected: 'an answer',
  got: 'none',
}

/** The messages of a Kafka batch. */
export function deliveriesOf(batch: Batch, sources: Sources): readonly Delivery[] {
  const source = sources.byTopic.get(batch.topic) ?? 'kafka'
  return batch.messages.map((message) => ({
    message,
    origin: {
      source,
      bound: false,
      arrival: message.timestamp,
      headerId: headerText(message, 'event-id'),
      fallback: fallbackOf(batch, message),
    },
  }))
}

/** A function without a name: esbuild, which runs this, names every other one anew each time, for each message. */
function fallbackOf({ cluster, topic, partition }: Batch, message: Message): Origin['fallback'] {
  return () => coordinates(cluster, topic, partition, message)
}

/** The text of a header; undefined where there is none, or its bytes are no text. */
export function headerText(message: Message, name: string): string | undefined {
  const value = message.headers?.find(([header]) => header.toLowerCase() === name)?.[1]
  return typeof value === 'string' ? value : undefined
}

/**
 * Decodes and normalizes one message. Never throws: an error that nobody foresaw is a rejection too.
 *
 * @param horizon Unix ms from when on events are taken; undefined where all are
 */
export function prepare(delivery: Delivery, sources: Sources, horizon?: number): Prepared {
  let object: JsonObject | undefined
  if (delivery.isBarred) return { delivery, rejection: KILLER, customer: null }
  try {
    const text = delivery.fix ?? textOf(delivery.message.value)
    object = parseEvent(text)
    const normal = normalize(object, text, { horizon, ...delivery.origin }, sources)
    const reverses = normal.reverses && identityOf(normal.source, normal.reverses)
    return { delivery, normal, identity: finalIdentity(delivery, normal, sources), reverses, text }
  } catch (error) {
    const customer = object && at(object, ['customer_id'])
    return {
      delivery,
      rejection: rejectionOf(error),
      customer: typeof customer === 'string' ? customer : null,
    }
  }
}

/**
 * A repaired event keeps the identity of the message that it repairs, unless it was given an event id of its
 * own: that is how a conflict is put right.
 */
function finalIdentity({ fix, message, origin }: Delivery, normal: NormalEvent, sources: Sources): string {
  if (fix === undefined) return identityOf(normal.source, normal.claim)
  const original = claimOfOriginal(message, origin, sources)
  const hasNewId = normal.claim.kind === 'event_id' && normal.claim.id !== original.claim.id
  return hasNewId ? identityOf(normal.source, normal.claim) : identityOf(original.source, original.claim)
}

function claimOfOriginal(message: Message, origin: Origin, sources: Sources) {
  try {
    const text = textOf(message.value)
    return claimedIdentity(parseEvent(text), text, origin, sources)
  } catch {
    return { source: origin.source, claim: origin.fallback() }
  }
}

function textOf(value: Payload): string {
  if (value === null || value === '') throw new Rejected('MESSAGE_EMPTY', '', 'a JSON object', undefined)
  if (typeof value !== 'string') {
    throw new Rejected('ENCODING_INVALID', '', 'UTF-8', `${value.base64.slice(0, 40)}… in base64`)
  }
  const bytes = value.length > LARGEST_MESSAGE / 3 ? Buffer.byteLength(value) : 0
  if (bytes > LARGEST_MESSAGE) {
    throw new Rejected('MESSAGE_TOO_LARGE', '', `at most ${LARGEST_MESSAGE} bytes`, `${bytes} bytes`)
  }
  if (value.includes('\0')) throw new Rejected('TEXT_HAS_NUL', '', 'text without NUL characters', value)
  return value
}

function rejectionOf(error: unknown): Rejection {
  if (error instanceof Rejected) return error.rejection
  return { code: 'STAGE_FAILED', pointer: '', expected: 'no error', got: String(error) }
}
