import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { Problem } from './problem.ts'

/** Tokens and what they stand for, compared as hashes: neither their length nor their content shows in the time it takes. */
export class Tokens<T> {
  readonly #known: readonly (readonly [hash: Buffer, value: T])[]

  constructor(tokens: Iterable<readonly [token: string, value: T]>) {
    this.#known = [...tokens].map(([token, value]) => [hashOf(token), value])
  }

  get isEmpty(): boolean {
    return this.#known.length === 0
  }

  /** What a token stands for; undefined where it is unknown. */
  find(token: string): T | undefined {
    const hash = hashOf(token)
    let found: T | undefined
    // Always to the end: an early return would tell how far down the list a token stands.
    for (const [known, value] of this.#known) if (timingSafeEqual(known, hash)) found = value
    return found
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

const HOW = 'send the header `Authorization: Bearer <token>`'

/**
 * The source that a webhook's token belongs to.
 *
 * @throws Problem unauthorized
 */
export function sourceOfToken(request: Request, tokens: Tokens<string>): string {
  if (tokens.isEmpty) {
    throw unauthorized(
      'this server takes no events by webhook yet: set WEBHOOK_TOKENS to source=token pairs, such as ' +
        'crm=<at least 16 characters>, and restart it',
    )
  }
  const token = tokenOf(request)
  if (token === undefined) throw unauthorized(`${HOW} of the source that the events come from`)
  const source = tokens.find(token)
  if (source === undefined) throw unauthorized('no source has this token: compare it with WEBHOOK_TOKENS')
  return source
}

/**
 * Lets a request pass that brings the token for reading, where one is set. A browser can bring it as the
 * password of its login dialog.
 */
export function requireReadToken(readToken: string | undefined): RequestHandler {
  if (readToken === undefined) return (_request, _response, next) => next()
  const tokens = new Tokens([[readToken, true]])
  return (request, _response, next) => {
    const token = tokenOf(request)
    if (token !== undefined && tokens.find(token)) return next()
    const what = token === undefined ? HOW : 'this token is not the one for reading'
    throw unauthorized(`${what}; the token for reading is what READ_TOKEN is set to`)
  }
}

function tokenOf(request: Request): string | undefined {
  const [, scheme, credentials] = /^(bearer|basic) +(\S+)$/i.exec(request.get('authorization') ?? '') ?? []
  if (scheme === undefined || credentials === undefined) return undefined
  if (scheme.toLowerCase() === 'bearer') return credentials
  const login = Buffer.from(credentials, 'base64').toString()
  return login.slice(login.indexOf(':') + 1)
}

function unauthorized(detail: string): Problem {
  return new Problem('unauthorized', detail, {
    headers: { 'WWW-Authenticate': 'Bearer, Basic realm="Laurel"' },
  })
}
