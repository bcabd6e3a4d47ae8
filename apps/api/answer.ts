import type { Request, RequestHandler } from 'express'
import { within } from '#runtime/deadline.ts'

/** How long anybody waits for an answer, ms: PostgreSQL may accept a connection and say nothing. */
export const PATIENCE = 10_000

/** Answers with the JSON of what a request asks for. */
export function answer<Parameters>(
  read: (request: Request<Parameters>) => Promise<object>,
): RequestHandler<Parameters> {
  return async (request, response) => {
    response.json(await within(read(request), PATIENCE))
  }
}
