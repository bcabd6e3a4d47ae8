import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '#runtime/config.ts'
import { listActions } from '#store/actions.ts'
import { runOps } from '../../../apps/ops/ops.ts'
import { log, PASSWORD, Site, until } from './fixture.ts'

const HEADERS = {
  OPS_PROXY_USER_HEADER: 'X-Forwarded-User',
  OPS_PROXY_ROLE_HEADER: 'X-Forwarded-Groups',
}

let site: Site
beforeAll(async () => {
  site = await Site.start({ ...HEADERS, TRUSTED_PROXIES: '127.0.0.0/8' })
})
afterAll(() => site.stop())

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

/** What a proxy passes on; `fetch` would make one header of two. */
async function pass(
  method: string,
  path: string,
  headers: Record<string, string | string[]>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${site.url}${path}`, { method, headers }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode!, location: response.headers.location, text })
    })
    asked.on('error', reject).end()
  })
}

describe('from the proxy', () => {
  test.each([
    ['laurel-viewer', 403, 403],
    ['staff,laurel-operator', 200, 403],
    ['laurel-admin', 200, 200],
  ])('the groups %s decide', async (groups, promote, pause) => {
    const headers = { 'x-forwarded-user': 'amina@example.com', 'x-forwarded-groups': groups }
    expect((await pass('GET', '/api/queues', headers)).status).toBe(200)
    expect((await pass('PUT', '/api/queues/maintenance/promote', headers)).status).toBe(promote)
    expect((await pass('PUT', '/api/queues/leaderboards/pause', headers)).status).toBe(pause)
    await site.transport.queues.leaderboards.resume()
  })

  test('the name and the address of the browser stand in the audit log', async () => {
    const headers = {
      'x-forwarded-user': 'karim@example.com',
      'x-forwarded-groups': 'laurel-operator',
      'x-forwarded-for': '203.0.113.9',
    }
    expect((await pass('PUT', '/api/queues/maintenance/promote', headers)).status).toBe(200)
    const rows = () => listActions(site.database.sql, { actor: 'karim@example.com' }, 10)
    await until(async () => (await rows()).length === 1, 'not in the audit log')
    expect(await rows()).toMatchObject([{ origin: '203.0.113.9', action: 'promote all', outcome: 'done' }])
  })

  test.each([
    ['no group', undefined, 'names none of your groups'],
    ['a group of others', 'staff', 'names none of your groups'],
    ['groups twice', ['laurel-admin', 'laurel-viewer'], 'twice'],
  ])('a name with %s is refused', async (_, groups, words) => {
    const headers = { 'x-forwarded-user': 'amina', ...(groups && { 'x-forwarded-groups': groups }) }
    const { status, text } = await pass('GET', '/api/queues', headers)
    expect(status).toBe(403)
    expect(JSON.parse(text).message).toContain(words)
  })

  test('two names are refused', async () => {
    const headers = { 'x-forwarded-user': ['amina', 'karim'], 'x-forwarded-groups': 'laurel-admin' }
    expect((await pass('GET', '/api/queues', headers)).status).toBe(403)
  })

  test.each([{}, { 'x-forwarded-groups': 'laurel-admin' }, { 'x-forwarded-user': '' }])(
    'a request without a name comes to the login: %j',
    async (headers) => {
      const { status, location } = await pass('GET', '/', { accept: 'text/html', ...headers })
      expect([status, location]).toEqual([303, '/login?next=%2F'])
      const body = new URLSearchParams({ user: 'ops', password: PASSWORD })
      const login = await fetch(`${site.url}/login`, { method: 'POST', body, redirect: 'manual' })
      expect(login.status).toBe(303)
    },
  )
})

test('from any other address nothing is believed', async () => {
  const headers = {
    'x-forwarded-user': 'amina',
    'x-forwarded-groups': 'laurel-admin',
    'x-forwarded-for': '10.0.0.5',
  }
  await site.startOps({ ...site.config, TRUSTED_PROXIES: ['10.0.0.5'] })
  expect((await pass('GET', '/api/queues', headers)).status).toBe(401)
  expect((await pass('PUT', '/api/queues/leaderboards/pause', headers)).status).toBe(401)
  await site.startOps()
})

test('no password is needed where a proxy logs people in', async () => {
  const { OPS_PASSWORD: _, ...config } = site.config
  const ops = await runOps(config, log)
  await ops.stop()
})

test('a start without a trusted proxy is refused', async () => {
  const { DATABASE_URL, REDIS_URL } = site.config
  const config = readConfig({ DATABASE_URL, REDIS_URL, OPS_PASSWORD: PASSWORD, ...HEADERS })
  await expect(runOps(config, log)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
})
