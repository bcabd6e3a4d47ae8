import { describe, expect, test } from 'vitest'
import { readConfig } from '#runtime/config.ts'
import { roleIn, voucherOf } from '../../../apps/ops/proxy.ts'

test.each([
  ['laurel-admin', 'admin'],
  ['staff, laurel-viewer ,laurel-operator', 'operator'],
  ['/laurel-viewer', 'viewer'],
  ['operator', 'operator'],
  // That one may be of the whole company.
  ['admin,laurel-viewer', 'viewer'],
  ['laurel-root,admin', undefined],
  ['Laurel-Admin', undefined],
  ['not-laurel-admin', undefined],
  ['administrators', undefined],
  ['', undefined],
])('the groups %s are the role %s', (list, role) => {
  expect(roleIn(list)).toBe(role)
})

describe('a start is refused', () => {
  const both = { OPS_PROXY_USER_HEADER: 'X-Forwarded-User', OPS_PROXY_ROLE_HEADER: 'X-Forwarded-Groups' }
  test.each([
    ['with no proxy to believe', both, /^TRUSTED_PROXIES: expected the addresses/],
    [
      'with a number of proxies',
      { ...both, TRUSTED_PROXIES: '1' },
      /^TRUSTED_PROXIES: expected the addresses/,
    ],
    [
      'with a name alone',
      { OPS_PROXY_USER_HEADER: 'X-User', TRUSTED_PROXIES: '10.0.0.5' },
      /^OPS_PROXY_ROLE_HEADER: is missing/,
    ],
    [
      'with a role alone',
      { OPS_PROXY_ROLE_HEADER: 'X-Groups', TRUSTED_PROXIES: '10.0.0.5' },
      /^OPS_PROXY_USER_HEADER: is missing/,
    ],
  ])('%s', (_, environment, message) => {
    const config = readConfig({ DATABASE_URL: 'postgres://a', REDIS_URL: 'redis://a', ...environment })
    expect(() => voucherOf(config)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
    expect(() => voucherOf(config)).toThrow(message)
  })
})
