import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from '#store/database.ts'
import { runOps } from '../../../apps/ops/ops.ts'
import { createDatabase } from '../../support/stack.ts'
import { basic, log, PASSWORD, Site } from './fixture.ts'

let site: Site
beforeAll(async () => {
  site = await Site.start()
})
afterAll(() => site.stop())

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${site.url}${path}`, { headers, redirect: 'manual' })
}

async function submit(
  form: Record<string, string>,
  headers: Record<string, string> = {},
  path = '/login',
): Promise<Response> {
  const body = new URLSearchParams(form)
  return fetch(`${site.url}${path}`, { method: 'POST', body, headers, redirect: 'manual' })
}

/** The cookie of a fresh session, as a browser sends it. */
async function session(): Promise<string> {
  const response = await submit({ user: 'ops', password: PASSWORD })
  return response.headers.get('set-cookie')!.split(';')[0]!
}

async function mayEnter(cookie: string): Promise<boolean> {
  return (await get('/api/queues', { cookie })).status === 200
}

describe('without a login', () => {
  test('a page leads to the login, and from there back', async () => {
    const response = await get('/queue/failed-events?status=failed', { accept: 'text/html' })
    expect(response.status).toBe(303)
    const login = response.headers.get('location')!
    expect(login).toBe('/login?next=%2Fqueue%2Ffailed-events%3Fstatus%3Dfailed')
    const page = await (await get(login)).text()
    expect(page).toContain('name="next" value="/queue/failed-events?status=failed"')
  })

  test.each(['/api/queues', '/static/js/main.js', '/api/queues/failed-events/1'])(
    '%s is refused, and no dialog of the browser opens',
    async (path) => {
      const response = await get(path)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBeNull()
      expect(await response.json()).toMatchObject({ error: 'Not logged in' })
    },
  )

  test.each([
    ['PUT', '/api/queues/failed-events/retry/failed'],
    ['PATCH', '/api/queues/failed-events/1/update-data'],
    ['POST', '/api/queues/failed-events/add'],
  ])('%s %s is refused', async (method, path) => {
    expect((await fetch(`${site.url}${path}`, { method })).status).toBe(401)
  })

  test('probes and metrics answer', async () => {
    expect(await (await get('/healthz')).text()).toBe('ok')
    expect(await (await get('/readyz')).text()).toBe('ok')
    expect(await (await get('/metrics')).text()).toContain('process_cpu_seconds_total')
  })
})

describe('the login', () => {
  test('gives a cookie that no script and no other site can use', async () => {
    const response = await submit({ user: 'ops', password: PASSWORD, next: '/queue/scoring?page=2' })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/queue/scoring?page=2')
    const cookie = response.headers.get('set-cookie')!
    expect(cookie).toMatch(/^laurel_ops=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(await mayEnter(cookie.split(';')[0]!)).toBe(true)
  })

  test.each([
    ['a wrong password', { user: 'ops', password: 'wrong' }],
    ['a wrong name', { user: 'root', password: PASSWORD }],
    ['nothing', {}],
  ])('refuses %s', async (_, form) => {
    const response = await submit(form as Record<string, string>)
    expect(response.status).toBe(401)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(await response.text()).toContain('This name and password do not match.')
  })

  test.each([
    '//evil.example',
    'https://evil.example/',
    '/\\evil.example',
    '/.//evil.example',
    'javascript:1',
  ])('does not lead to %s', async (next) => {
    const response = await submit({ user: 'ops', password: PASSWORD, next })
    expect(response.headers.get('location')).toBe('/')
  })

  test('is refused to a page of another site', async () => {
    const response = await submit({ user: 'ops', password: PASSWORD }, { origin: 'http://evil.example' })
    expect(response.status).toBe(403)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  test.each(['laurel_ops=', `laurel_ops=${'A'.repeat(43)}`, 'laurel_ops=../../x', 'other=1'])(
    'no made-up cookie replaces it: %s',
    async (cookie) => expect(await mayEnter(cookie)).toBe(false),
  )
})

describe('a session', () => {
  test('outlives a restart', async () => {
    const cookie = await session()
    await site.startOps()
    expect(await mayEnter(cookie)).toBe(true)
  })

  test('ends with the logout, also for who has copied the cookie; others go on', async () => {
    const [cookie, other] = [await session(), await session()]
    const response = await get('/logout', { cookie })
    expect(response.headers.get('location')).toBe('/login')
    expect(response.headers.get('set-cookie')).toMatch(/^laurel_ops=; .*1970/)
    expect(await mayEnter(cookie)).toBe(false)
    expect(await mayEnter(other)).toBe(true)
  })

  test('ends when the password is changed', async () => {
    const cookie = await session()
    await site.startOps({ ...site.config, OPS_PASSWORD: 'another password' })
    expect(await mayEnter(cookie)).toBe(false)
    await site.startOps()
  })

  test('cannot be read out of Redis', async () => {
    const token = (await session()).split('=')[1]!
    const { redis } = site.transport
    const keys = await redis.keys(`${site.config.REDIS_PREFIX}:ops-session:*`)
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.filter((key) => key.includes(token))).toEqual([])
    for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(0)
  })
})

describe('HTTP basic', () => {
  test('lets scripts in', async () => {
    expect((await get('/api/queues', { authorization: basic('ops', PASSWORD) })).status).toBe(200)
  })

  test.each([
    ['with text/html', 'text/html'],
    ['with JSON', 'application/json'],
  ])('says no to a wrong password, %s', async (_, accept) => {
    const response = await get('/', { accept, authorization: basic('ops', 'wrong') })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /)
  })

  test('does not help another site to a change', async () => {
    const response = await site.ask('PUT', '/api/queues/scoring/pause', undefined, {
      'sec-fetch-site': 'cross-site',
    })
    expect(response.status).toBe(403)
    expect(await site.transport.queues.scoring.isPaused()).toBe(false)
  })
})

describe('guessing', () => {
  test.each([
    ['by the form', () => submit({ user: 'ops', password: 'guess' }, {}, '/LOGIN/')],
    ['by HTTP basic', () => get('/', { accept: 'text/html', authorization: basic('ops', 'guess') })],
  ])('%s ends after twenty attempts', async (_, attempt) => {
    await site.startOps()
    const right = { authorization: basic('ops', PASSWORD) }
    for (let i = 0; i < 30; i++) expect((await get('/api/queues', right)).status).toBe(200)
    for (let i = 0; i < 20; i++) expect((await attempt()).status).toBe(401)
    expect((await attempt()).status).toBe(429)
    expect((await submit({ user: 'ops', password: PASSWORD })).status).toBe(429)
    expect((await get('/api/queues', right)).status).toBe(429)
    await site.startOps()
  })
})

describe('behind a proxy', () => {
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' }

  test('nothing is believed that nobody vouched for', async () => {
    const response = await submit({ user: 'ops', password: PASSWORD }, https)
    expect(response.headers.get('set-cookie')).not.toContain('Secure')
  })

  test('the cookie is for https alone once the proxy is known', async () => {
    await site.startOps({ ...site.config, TRUSTED_PROXIES: 1 })
    const response = await submit({ user: 'ops', password: PASSWORD }, https)
    expect(response.headers.get('set-cookie')).toContain('; Secure')
    await site.startOps()
  })
})

test('the page asks no other host for anything, and may be served over plain http', async () => {
  const response = await get('/', { authorization: basic('ops', PASSWORD) })
  const policy = response.headers.get('content-security-policy')!
  expect(policy).toContain("default-src 'self'")
  expect(policy).not.toContain('upgrade-insecure-requests')
  expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src/)
  expect(response.headers.get('strict-transport-security')).toBeNull()
  expect(await response.text()).not.toMatch(/(href|src)="(https?:)?\/\//)
  expect(
    (await get('/api/queues', { authorization: basic('ops', PASSWORD) })).headers.get('cache-control'),
  ).toBe('no-store')
})

test('the log never has the password', async () => {
  const lines: string[] = []
  const ops = await runOps(site.config, pino({ level: 'info' }, { write: (line) => lines.push(line) }))
  try {
    const authorization = basic('ops', PASSWORD)
    const path = '/api/queues/maintenance/promote'
    await fetch(`http://127.0.0.1:${ops.port}${path}`, { method: 'PUT', headers: { authorization } })
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('')).not.toContain(PASSWORD)
  } finally {
    await ops.stop()
  }
})

describe('the start', () => {
  test('is refused without a password', async () => {
    const { OPS_PASSWORD: _, ...config } = site.config
    await expect(runOps(config, log)).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('OPS_PASSWORD'),
    })
  })

  test('names the variable of a port that is taken', async () => {
    await expect(runOps({ ...site.config, OPS_PORT: site.port }, log)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining('OPS_PORT'),
    })
  })
})

test('readiness names what is missing', async () => {
  const url = await createDatabase()
  await migrate(url)
  const ops = await runOps({ ...site.config, DATABASE_URL: url }, log)
  try {
    const name = new URL(url).pathname.slice(1)
    await site.database.sql`drop database ${site.database.sql(name)} with (force)`
    const response = await fetch(`http://127.0.0.1:${ops.port}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('waiting for PostgreSQL')
  } finally {
    await ops.stop()
  }
})
