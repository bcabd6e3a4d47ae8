import type { RequestHandler } from 'express'
import { maskAnswer } from './mask.ts'
import { personOf } from './person.ts'

/**
 * Viewers are told nothing of who customers are. It stands around every answer in JSON, since Bull Board's own
 * formatters leave out errors, logs and options.
 */
export const masking: RequestHandler = (_request, response, next) => {
  if (personOf(response).role === 'viewer') {
    const answer = response.json.bind(response)
    response.json = (body) => answer(maskAnswer(body))
  }
  next()
}
