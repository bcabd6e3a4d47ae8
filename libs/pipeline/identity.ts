import { createHmac, hash } from 'node:crypto'
import type { IdentityClaim } from '#domain/event.ts'
import type { Message, Payload } from '#domain/message.ts'
import { type Subject, subjectKey } from '#domain/subject.ts'

/** The first 16 bytes of a SHA-256 as a UUID of version 8, which RFC 9562 leaves to its maker. */
function uuid(text: string): string {
  const hex = hash('sha256', text, 'hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0b0011) | 0b1000).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The identity of an event: unique over all sources and kinds of id. */
export function identityOf(source: string, { kind, id }: IdentityClaim): string {
  return uuid(`${source}\n${kind}\n${kind === 'content' ? hash('sha256', id, 'hex') : id}`)
}

/** What tells one message from every other, whatever it contains: its failures are kept under it. */
export function messageIdentity(fallback: IdentityClaim): string {
  return identityOf('', fallback)
}

/** What a resend shares with the first delivery, and a conflict does not. */
export function fingerprintOf(text: string): string {
  return uuid(text)
}

const LETTERS = 'bcdfghjklmnpqrst'

/**
 * What others are shown of a customer without an alias: always the same for one, and without the key no way from it
 * to the subject, nor from the subject to it. It has no digits, and begins as no alias can.
 *
 * @param key what only this installation knows: subjects are few enough to try them all
 */
export function maskedId(key: string, customer: number, root: Subject): string {
  const hmac = createHmac('sha256', key).update(`${customer}\n${subjectKey(root)}`)
  const hex = hmac.digest('hex').slice(0, 10)
  return `#${[...hex].map((digit) => LETTERS[Number.parseInt(digit, 16)]).join('')}`
}

/** The claim of an event that brings nothing to tell it by: where Kafka keeps it, and what stands there. */
export function coordinates(
  cluster: string,
  topic: string,
  partition: number,
  message: Message,
): IdentityClaim {
  const content = hash('sha256', bytesOf(message.value), 'hex').slice(0, 16)
  return {
    kind: 'offset',
    id: `${cluster}/${topic}/${partition}/${message.offset}/${message.timestamp}/${content}`,
  }
}

function bytesOf(payload: Payload): string | Buffer {
  if (payload === null) return ''
  return typeof payload === 'string' ? payload : Buffer.from(payload.base64, 'base64')
}
