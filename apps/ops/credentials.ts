import { createHash, timingSafeEqual } from 'node:crypto'

/** A name and a password. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** The credentials of an `Authorization: Basic` header; undefined where there are none. */
export function basicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Whether two texts are the same; how long the answer takes tells nothing about how near they come. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
