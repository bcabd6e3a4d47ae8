import { describe, expect, test } from 'vitest'
import { isOwnRequest } from '../../../apps/ops/origin.ts'

const HOST = 'ops.example.com:8081'

describe('a change', () => {
  test.each([
    ['from a script, which says nothing', {}, true],
    ['from the own page', { origin: `http://${HOST}` }, true],
    ['from the own page behind a proxy that speaks https', { origin: `https://${HOST}` }, true],
    ['from another site', { origin: 'http://evil.example' }, false],
    ['from another port of this host', { origin: 'http://ops.example.com:9999' }, false],
    ['from a page that hides where it is', { origin: 'null' }, false],
    ['that the browser vouches for', { 'sec-fetch-site': 'same-origin', origin: 'http://inner:1' }, true],
    ['that someone typed', { 'sec-fetch-site': 'none' }, true],
    ['from a sister site', { 'sec-fetch-site': 'same-site', origin: `http://${HOST}` }, false],
    ['that the browser warns of', { 'sec-fetch-site': 'cross-site' }, false],
  ])('%s', (_, headers, expected) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(isOwnRequest(method, headers, HOST)).toBe(expected)
  })
})

test('a read may come from anywhere: it changes nothing', () => {
  expect(isOwnRequest('GET', { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' }, HOST)).toBe(
    true,
  )
})
