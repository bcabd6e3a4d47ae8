import type { Request, Response } from 'express'
import { describe, expect, test, vi } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { Late } from '#runtime/deadline.ts'
import { createLog } from '#runtime/log.ts'
import {
  answerProblems,
  PROBLEMS,
  Problem,
  type ProblemKind,
  unavailable,
} from '../../../apps/api/problem.ts'
import { problem as problemSchema } from '../../../apps/api/schema.ts'

/** What a request that threw this is answered with. */
function answerTo(error: unknown) {
  const answer = { status: 0, headers: {} as Record<string, string>, type: '', body: '' }
  const response = {
    headersSent: false,
    status(status: number) {
      answer.status = status
      return this
    },
    set(headers: Record<string, string>) {
      answer.headers = headers
      return this
    },
    type(type: string) {
      answer.type = type
      return this
    },
    send(body: string) {
      answer.body = body
      return this
    },
  } as unknown as Response
  const request = { method: 'GET', path: '/x', originalUrl: '/x?y=1' } as Request
  answerProblems(createLog('test', 'silent'))(error, request, response, () => {})
  return { ...answer, body: JSON.parse(answer.body) }
}

const withCode = (code: string) => Object.assign(new Error('secret details'), { code })
const withStatus = (status: number, type: string) =>
  Object.assign(new Error('Unexpected thing\nat x'), { status, type })

describe('an answer', () => {
  test('is a problem of RFC 9457', () => {
    const error = new Problem('not-found', 'nothing here', { headers: { 'X-A': 'b' }, members: { line: 3 } })
    const { status, headers, type, body } = answerTo(error)
    expect({ status, headers, type }).toEqual({
      status: 404,
      headers: { 'X-A': 'b' },
      type: 'application/problem+json',
    })
    expect(problemSchema.parse(body)).toEqual({
      type: '/docs#problem-not-found',
      title: 'There is no such thing',
      status: 404,
      detail: 'nothing here',
      instance: '/x?y=1',
      line: 3,
    })
  })

  test.each<[string, unknown, ProblemKind]>([
    ['PostgreSQL is away', withCode('ECONNREFUSED'), 'unavailable'],
    ['a fail-over', withCode('57P01'), 'unavailable'],
    ['Redis is away', new Error('Connection is closed.'), 'unavailable'],
    ['nobody answers', new Late(10_000), 'unavailable'],
    ['overload', unavailable('too much'), 'unavailable'],
    ['a large body', withStatus(413, 'entity.too.large'), 'too-large'],
    ['an unknown encoding', withStatus(415, 'encoding.unsupported'), 'media-type-unsupported'],
    ['a broken address', Object.assign(new URIError('URI malformed'), { status: 400 }), 'request-invalid'],
    ['a fault', new TypeError('secret details'), 'internal'],
    ['a fault of a statement', withCode('42P01'), 'internal'],
    ['what is no error', 'secret details', 'internal'],
    ['an error of the configuration', new LaurelError('STORE_OUTDATED', 'secret details'), 'internal'],
  ])('to %s is %s', (_, error, kind) => {
    const { status, headers, body } = answerTo(error)
    expect(body.type).toBe(`/docs#problem-${kind}`)
    expect(status).toBe(PROBLEMS[kind].status)
    expect(body.detail).toBeTruthy()
    expect(JSON.stringify(body)).not.toMatch(/secret details|at x/)
    expect('Retry-After' in headers).toBe(kind === 'unavailable')
  })

  test('that has begun is broken off', () => {
    const next = vi.fn()
    const error = new Error('half way')
    const response = { headersSent: true } as Response
    answerProblems(createLog('test', 'silent'))(error, {} as Request, response, next)
    expect(next).toHaveBeenCalledExactlyOnceWith(error)
  })
})
