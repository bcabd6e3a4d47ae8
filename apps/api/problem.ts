import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { firstLine } from '#domain/condition.ts'
import { willPass } from '#pipeline/context.ts'
import { Late } from '#runtime/deadline.ts'
import type { Log } from '#runtime/log.ts'

interface Kind {
  readonly status: number
  readonly title: string
  /** What it means for whoever called: for the documentation. */
  readonly meaning: string
}

/** Every problem that the API answers with (RFC 9457): clients may rely on these names. */
export const PROBLEMS = {
  'request-invalid': {
    status: 400,
    title: 'The request is not valid',
    meaning: 'A parameter or the body is not as it must be; `detail` says what to change.',
  },
  'json-invalid': {
    status: 400,
    title: 'The body is not JSON',
    meaning: 'Nothing of the request was stored; `position`, `line` and `column` say where it breaks off.',
  },
  unauthorized: {
    status: 401,
    title: 'A valid token is missing',
    meaning: 'Send the header `Authorization: Bearer <token>`.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    meaning: 'The path, the customer, the event or the leaderboard does not exist.',
  },
  'too-large': {
    status: 413,
    title: 'The request is too large',
    meaning: 'Nothing of it was stored: send it in several requests.',
  },
  'media-type-unsupported': {
    status: 415,
    title: 'The body has a type that is not read here',
    meaning: 'Send JSON or NDJSON, and say so in `Content-Type`.',
  },
  unavailable: {
    status: 503,
    title: 'Not possible at the moment',
    meaning: 'Nothing was acknowledged: send the same request again after `Retry-After` seconds.',
  },
  internal: {
    status: 500,
    title: 'Laurel failed',
    meaning: 'A fault of Laurel itself; its log has the cause.',
  },
} as const satisfies Record<string, Kind>

export type ProblemKind = keyof typeof PROBLEMS

interface Extras {
  readonly headers?: Readonly<Record<string, string>>
  /** Members beside the standard ones. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** Thrown anywhere in a request, it becomes the answer. `detail` is a sentence that says what to change. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly headers: Readonly<Record<string, string>>
  readonly members: Readonly<Record<string, unknown>>

  constructor(kind: ProblemKind, detail: string, { headers = {}, members = {}, cause }: Extras = {}) {
    super(detail, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.headers = headers
    this.members = members
  }
}

const RETRY_SECONDS = 2

/** What is away comes back: the caller should try again. */
export function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem('unavailable', detail, { headers: { 'Retry-After': String(RETRY_SECONDS) }, cause })
}

/** Answers a path that does not exist. */
export function unknownPath(endpoints: readonly string[]): RequestHandler {
  return (request) => {
    throw new Problem(
      'not-found',
      `there is nothing at ${request.method} ${request.path}; there are ${endpoints.join(', ')}`,
    )
  }
}

/** Turns whatever a request threw into `application/problem+json`. */
export function answerProblems(log: Log): ErrorRequestHandler {
  return (error, request, response, next) => {
    const problem = problemOf(error)
    if (problem.kind === 'unauthorized') {
      log.warn({ method: request.method, path: request.path, from: request.ip }, 'refused for its token')
    } else if (PROBLEMS[problem.kind].status >= 500) {
      log.error({ err: problem.cause ?? error, method: request.method, path: request.path }, 'request failed')
    }
    if (response.headersSent) return next(error)
    send(response, problem, request.originalUrl)
  }
}

function send(response: Response, { kind, message, headers, members }: Problem, instance: string): void {
  const { status, title } = PROBLEMS[kind]
  const body = { type: `/docs#problem-${kind}`, title, status, detail: message, instance, ...members }
  response.status(status).set(headers).type('application/problem+json').send(JSON.stringify(body))
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (willPass(error) || error instanceof Late) {
    return unavailable('PostgreSQL or Redis does not answer: send the same request again in a moment', error)
  }
  const { status, type } = error as { status?: unknown; type?: unknown }
  if (status === 413) return new Problem('too-large', 'the body is too large: send it in several requests')
  if (status === 415) {
    return new Problem(
      'media-type-unsupported',
      `the body's ${type === 'encoding.unsupported' ? 'Content-Encoding' : 'Content-Type'} is not read here: ` +
        'send plain or gzipped JSON',
    )
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Problem('request-invalid', `the request cannot be read: ${firstLine(error)}`)
  }
  return new Problem('internal', 'Laurel failed on this request: its log has the cause', { cause: error })
}
