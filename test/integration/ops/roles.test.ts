import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listActions, type RecordedAction } from '#store/actions.ts'
import { hashPassword } from '../../../apps/ops/password.ts'
import type { Role } from '../../../apps/ops/roles.ts'
import { basic, PASSWORD, recharge, Site, until } from './fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'laurel-ops-'))
const file = join(directory, 'users.yaml')
const PEOPLE: Readonly<Record<string, Role>> = { vera: 'viewer', omar: 'operator', ada: 'admin' }

const run = promisify(execFile)

let hashed: string
let site: Site
beforeAll(async () => {
  hashed = await hashPassword(PASSWORD)
  writeUsers(PEOPLE)
  site = await Site.start({ OPS_USERS_FILE: file })
})
afterAll(async () => {
  await site.stop()
  rmSync(directory, { recursive: true })
})

function writeUsers(people: Readonly<Record<string, Role>>, hashes: Record<string, string> = {}): void {
  const users = Object.entries(people).map(([name, role]) => ({
    name,
    password: hashes[name] ?? hashed,
    role,
  }))
  writeFileSync(file, JSON.stringify({ users }))
}

async function as(name: string, method: string, path: string, body?: unknown): Promise<Response> {
  return site.ask(method, path, body, { authorization: basic(name, PASSWORD) })
}

async function audit(): Promise<readonly RecordedAction[]> {
  return listActions(site.database.sql, {}, 100)
}

/** The entry that something leaves, once it is there. */
async function entry(expected: Partial<RecordedAction>): Promise<void> {
  const matches = async () =>
    (await audit()).some((each) =>
      Object.entries(expected).every(([key, value]) => each[key as keyof RecordedAction] === value),
    )
  await until(matches, `not in the audit log: ${JSON.stringify(expected)}`).catch(async (error) => {
    throw new Error(`${error.message}: ${JSON.stringify(await audit(), null, 1)}`)
  })
}

async function hopeless(): Promise<string> {
  return (await site.deliverBad({ ...recharge('+8801700000301', 100), timestamp: 'yesterday' })).id!
}

describe('viewers', () => {
  test('see queues and jobs', async () => {
    const id = await hopeless()
    for (const path of ['', '/failed-events/default-job-options', `/failed-events/${id}`]) {
      expect((await as('vera', 'GET', `/api/queues${path}`)).status).toBe(200)
    }
  })

  test.each([
    ['PUT', '/api/queues/failed-events/failure-1-1/retry', 'retry', 'failed-events/failure-1-1', 'operator'],
    ['PUT', '/api/queues/failed-events/retry/failed', 'retry all', 'failed-events/failed', 'operator'],
    ['PUT', '/API/Queues/failed-events/retry/failed/', 'retry all', 'failed-events/failed', 'operator'],
    ['PUT', '/api/queues/failed%2Devents/promote', 'promote all', 'failed-events', 'operator'],
    ['PATCH', '/api/queues/failed-events/x/update-data', 'edit', 'failed-events/x', 'operator'],
    ['PUT', '/api/queues/failed-events/x/clean', 'remove', 'failed-events/x', 'operator'],
    ['PUT', '/api/queues/pause', 'pause all', 'all queues', 'admin'],
    ['POST', '/api/queues/scoring/add', 'add', 'scoring', 'admin'],
    ['DELETE', '/api/queues/scoring', 'DELETE /api/queues/scoring', 'all queues', 'admin'],
  ])('are refused %s %s', async (method, path, action, target, least) => {
    const response = await as('vera', method, path, method === 'PATCH' ? { jobData: { fix: {} } } : undefined)
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({
      error: 'Refused',
      message: `This (${action}) needs the role ${least}, and you have viewer: ask an admin of Laurel for it.`,
    })
    await entry({ actor: 'vera', origin: '127.0.0.1', action, target, outcome: 'refused' })
  })

  test('have nothing done where they are refused', async () => {
    expect((await as('vera', 'PUT', '/api/queues/scoring/pause')).status).toBe(403)
    expect(await site.transport.queues.scoring.isPaused()).toBe(false)
    const id = await hopeless()
    expect((await as('vera', 'PUT', `/api/queues/failed-events/${id}/clean`)).status).toBe(403)
    expect(await site.transport.queues['failed-events'].getJob(id)).toBeDefined()
  })
})

describe('operators', () => {
  test('correct, retry and remove events', async () => {
    const event = { ...recharge('+8801700000302', 100), timestamp: 'yesterday' }
    const job = await site.deliverBad(event)
    const fix = { ...event, timestamp: new Date().toISOString() }
    const path = `/api/queues/failed-events/${job.id}`
    expect((await as('omar', 'PATCH', `${path}/update-data`, { jobData: { fix } })).status).toBe(200)
    expect(await site.failure(job)).toMatchObject({ fixedBy: 'omar' })
    await entry({ actor: 'omar', action: 'edit', target: `failed-events/${job.id}`, outcome: 'done' })
    expect((await as('omar', 'PUT', `${path}/retry`)).status).toBe(204)
    await entry({ actor: 'omar', action: 'retry', target: `failed-events/${job.id}`, outcome: 'done' })
    await site.settled(job.id!, 'completed')
    expect((await as('omar', 'PUT', `${path}/clean`)).status).toBe(204)
    await entry({ actor: 'omar', action: 'remove', target: `failed-events/${job.id}`, outcome: 'done' })
  })

  test('retry all at once', async () => {
    await hopeless()
    expect((await as('omar', 'PUT', '/api/queues/failed-events/retry/failed')).status).toBe(200)
    await entry({ actor: 'omar', action: 'retry all', target: 'failed-events/failed', outcome: 'done' })
  })

  test('leave what fails in the audit log, too', async () => {
    expect((await as('omar', 'PUT', '/api/queues/failed-events/failure-0-1/retry')).status).toBe(404)
    await entry({ action: 'retry', target: 'failed-events/failure-0-1', outcome: 'failed (404)' })
  })

  test.each([
    ['PUT', 'scoring/pause'],
    ['PUT', 'pause'],
    ['PUT', 'failed-events/clean/failed'],
    ['PUT', 'failed-events/empty'],
    ['PUT', 'failed-events/obliterate'],
    ['PUT', 'failed-events/concurrency'],
    ['PATCH', 'maintenance/job-schedulers/sweep'],
    ['PUT', 'maintenance/job-schedulers/sweep/remove'],
  ])('are refused what concerns whole queues: %s %s', async (method, path) => {
    const response = await as('omar', method, `/api/queues/${path}`, {})
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('the role admin') })
  })
})

describe('admins', () => {
  test('stop a queue, let it go on, and empty it', async () => {
    expect((await as('ada', 'PUT', '/api/queues/scoring/pause')).status).toBe(200)
    expect(await site.transport.queues.scoring.isPaused()).toBe(true)
    expect((await as('ada', 'PUT', '/api/queues/scoring/resume')).status).toBe(200)
    expect((await as('ada', 'PUT', '/api/queues/scoring/empty')).status).toBe(200)
    for (const action of ['pause', 'resume', 'empty']) {
      await entry({ actor: 'ada', action, target: 'scoring', outcome: 'done' })
    }
  })

  test('retry as operators do', async () => {
    expect((await as('ada', 'PUT', `/api/queues/failed-events/${await hopeless()}/retry`)).status).toBe(204)
  })
})

describe('a login', () => {
  async function logIn(user: string, password = PASSWORD): Promise<Response> {
    const body = new URLSearchParams({ user, password })
    return fetch(`${site.url}/login`, { method: 'POST', body, redirect: 'manual' })
  }
  async function session(user: string): Promise<string> {
    return (await logIn(user)).headers.get('set-cookie')!.split(';')[0]!
  }
  const status = async (cookie: string, path = '/api/queues', method = 'GET') =>
    (await fetch(`${site.url}${path}`, { method, headers: { cookie } })).status

  beforeEach(async () => {
    writeUsers(PEOPLE)
    await site.startOps()
  })

  test('is in the audit log, and so are its end and whoever fails', async () => {
    const before = (await audit())[0]?.id ?? 0
    const cookie = await session('vera')
    await fetch(`${site.url}/logout`, { headers: { cookie }, redirect: 'manual' })
    expect((await logIn('omar', 'wrong')).status).toBe(401)
    expect((await logIn(PASSWORD, PASSWORD)).status).toBe(401)
    expect((await site.ask('GET', '/', undefined, { authorization: basic('ada', 'wrong') })).status).toBe(401)
    const added = async () => (await audit()).filter(({ id }) => id > before)
    await until(async () => (await added()).length === 5, 'not five entries')
    const rows = (await added()).map(({ actor, action, outcome }) => `${actor}: ${action}, ${outcome}`)
    expect(rows.toSorted()).toEqual([
      // What was typed may be a password in the wrong field.
      '(unknown name): log in, refused',
      'ada: log in, refused',
      'omar: log in, refused',
      'vera: log in, done',
      'vera: log out, done',
    ])
  })

  test('ends when that password is changed, and no other does', async () => {
    const [vera, omar] = [await session('vera'), await session('omar')]
    writeUsers(PEOPLE, { vera: await hashPassword('another password') })
    await site.startOps()
    expect([await status(vera), await status(omar)]).toEqual([401, 200])
  })

  test('ends when its user is taken out of the file', async () => {
    const [vera, omar] = [await session('vera'), await session('omar')]
    writeUsers({ omar: 'operator' })
    await site.startOps()
    expect([await status(vera), await status(omar)]).toEqual([401, 200])
  })

  test('has the role that its user has now', async () => {
    const omar = await session('omar')
    const path = '/api/queues/maintenance/promote'
    expect(await status(omar, path, 'PUT')).toBe(200)
    writeUsers({ ...PEOPLE, omar: 'viewer' })
    await site.startOps()
    expect(await status(omar, path, 'PUT')).toBe(403)
  })

  test('cannot be made by who can write to Redis', async () => {
    const [vera] = [await session('vera')]
    const { redis } = site.transport
    const keys = await redis.keys(`${site.config.REDIS_PREFIX}:ops-session:*`)
    for (const key of keys) {
      const kept = JSON.parse((await redis.get(key))!) as object
      await redis.set(key, JSON.stringify({ ...kept, user: 'ada' }))
    }
    expect(await status(vera)).toBe(401)
  })
})

test('the audit log is listed by a command', async () => {
  expect((await as('omar', 'PUT', '/api/queues/maintenance/promote')).status).toBe(200)
  await entry({ actor: 'omar', action: 'promote all', target: 'maintenance' })
  const list = async (...options: string[]) => {
    const { DATABASE_URL, REDIS_URL } = site.config
    const env = { ...process.env, DATABASE_URL, REDIS_URL }
    const { stdout } = await run('node', ['apps/cli/laurel.js', 'audit-log', ...options], { env })
    return stdout
  }
  const chosen = ['--actor', 'omar', '--action', 'promote all', '--limit', '1']
  expect(JSON.parse(await list(...chosen, '--since', '2026-01-01', '--json'))).toMatchObject([
    { actor: 'omar', origin: '127.0.0.1', action: 'promote all', target: 'maintenance', outcome: 'done' },
  ])
  expect(await list(...chosen)).toMatch(
    /^at +actor +from .*\n\d{4}-\S+Z +omar +127\.0\.0\.1 +promote all +maint/,
  )
  expect(await list(...chosen, '--until', '2026-01-01T00:00Z')).toBe('Nobody did such a thing.\n')
})

test.each([
  ['update', "update actions set actor = 'nobody'"],
  ['delete', 'delete from actions'],
  ['truncate', 'truncate actions'],
])('the audit log takes no %s', async (_, statement) => {
  await expect(site.database.sql.unsafe(statement)).rejects.toThrow('only ever added to')
})
