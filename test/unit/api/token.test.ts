import type { Request, Response } from 'express'
import { describe, expect, test, vi } from 'vitest'
import { requireReadToken, sourceOfToken, Tokens } from '../../../apps/api/token.ts'

const request = (authorization?: string) => ({ get: () => authorization }) as unknown as Request
const tokens = new Tokens([
  ['token-of-crm-01234', 'crm'],
  ['token-of-app-01234', 'app'],
])
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('a source’s token', () => {
  test.each([
    ['Bearer token-of-crm-01234', 'crm'],
    ['bearer  token-of-app-01234', 'app'],
    [basic('anybody:token-of-app-01234'), 'app'],
  ])('%s', (authorization, source) => {
    expect(sourceOfToken(request(authorization), tokens)).toBe(source)
  })

  test.each([
    [undefined, /Authorization: Bearer/],
    ['token-of-crm-01234', /Authorization: Bearer/],
    ['Bearer token-of-crm-01235', /WEBHOOK_TOKENS/],
    ['Bearer token-of-crm-0123', /WEBHOOK_TOKENS/],
    ['Digest token-of-crm-01234', /Authorization: Bearer/],
  ])('%s is refused', (authorization, detail) => {
    expect(() => sourceOfToken(request(authorization), tokens)).toThrow(detail)
  })

  test('cannot be right where none is configured', () => {
    expect(() => sourceOfToken(request('Bearer token-of-crm-01234'), new Tokens([]))).toThrow(
      /set WEBHOOK_TOKENS/,
    )
  })
})

describe('the token for reading', () => {
  const pass = (handler: ReturnType<typeof requireReadToken>, authorization?: string) => {
    const next = vi.fn()
    handler(request(authorization), {} as Response, next)
    expect(next).toHaveBeenCalledExactlyOnceWith()
  }

  test('is not asked for where none is set', () => {
    pass(requireReadToken(undefined))
  })

  test('lets pass as a bearer token and as a browser’s password', () => {
    const handler = requireReadToken('token-for-reading')
    pass(handler, 'Bearer token-for-reading')
    pass(handler, basic('anybody:token-for-reading'))
  })

  test.each([[undefined], ['Bearer token-for-writing'], [basic('token-for-reading:')]])(
    '%s is refused',
    (authorization) => {
      expect(() => pass(requireReadToken('token-for-reading'), authorization)).toThrow(/READ_TOKEN/)
    },
  )
})
