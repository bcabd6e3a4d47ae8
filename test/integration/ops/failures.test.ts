import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listActions, type RecordedAction } from '#store/actions.ts'
import { listFailures } from '#store/failure-filter.ts'
import { type Failure, recordFix } from '#store/failures.ts'
import { basic, PASSWORD, recharge, Site, until, writePeople } from './fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'laurel-ops-'))
const program = join(directory, 'telco')

let site: Site
beforeAll(async () => {
  const file = join(directory, 'users.yaml')
  await writePeople(file)
  cpSync('programs/telco', program, { recursive: true })
  site = await Site.start({ OPS_USERS_FILE: file, PROGRAM_DIRECTORY: program })
})
afterAll(async () => {
  await site.stop()
  rmSync(directory, { recursive: true })
})

async function as(name: string, method: string, path: string, body?: unknown): Promise<Response> {
  return site.ask(method, path, body, { authorization: basic(name, PASSWORD) })
}

// biome-ignore lint/suspicious/noExplicitAny: a test states what it expects of it
type Json = any

async function got(name: string, path: string): Promise<Json> {
  const response = await as(name, 'GET', path)
  expect([path, response.status]).toEqual([path, 200])
  expect(response.headers.get('cache-control')).toBe('no-store')
  return response.json()
}

async function posted(name: string, path: string, body?: unknown): Promise<Json> {
  const response = await as(name, 'POST', path, body)
  expect([path, response.status, response.ok || (await response.text())]).toEqual([path, 200, true])
  return response.json()
}

/** An answer of one JSON value a line. */
async function lines(response: Response): Promise<Json[]> {
  expect(response.headers.get('content-type')).toMatch(/^application\/x-ndjson/)
  const text = await response.text()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

let customers = 0

/** So many failures of a customer that no other test has; the first `fixed` of them are corrected. */
async function failing(
  count: number,
  fixed = 0,
): Promise<{ customer: string; events: Json[]; failures: Failure[] }> {
  const customer = `+88017${String(11_000_000 + customers++)}`
  const events: Json[] = Array.from({ length: count }, () => recharge(customer, 100))
  await site.deliver(...events.map((event) => ({ ...event, timestamp: 'yesterday' })))
  const failures = (await listFailures(site.database, { customer }, count)).toReversed()
  for (const [i, { id }] of failures.slice(0, fixed).entries())
    await recordFix(site.database.sql, id, JSON.stringify(events[i]), 'test')
  return { customer, events, failures }
}

async function untilRecorded(expected: Partial<RecordedAction>): Promise<void> {
  let all: readonly RecordedAction[] = []
  const matches = async () => {
    all = await listActions(site.database.sql, {}, 100)
    return all.some((each) =>
      Object.entries(expected).every(([key, value]) => each[key as keyof RecordedAction] === value),
    )
  }
  await until(matches, 'not in the audit log').catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(expected)}, ${JSON.stringify(all.slice(0, 10))}`)
  })
}

const state = async ({ id }: Failure) => (await got('omar', `/failures/${id}`)).state
describe('finding', () => {
  test('every word of a selection narrows it down', async () => {
    const { customer, events, failures } = await failing(3)
    const [{ id, fingerprint, offset, message, firstSeen }] = failures as [Failure]
    const found = async (words: Record<string, string>) => {
      const query = new URLSearchParams({ customer, ...words })
      const { failures, total } = await got('omar', `/failures?${query}`)
      expect(await got('omar', `/failures/count?${query}`)).toEqual({ total })
      return failures.length
    }
    expect(await found({})).toBe(3)
    expect(await found({ code: 'TIMESTAMP_INVALID', source: 'billing', fingerprint })).toBe(3)
    expect(await found({ code: 'JSON_INVALID' })).toBe(0)
    expect(await found({ source: 'crm' })).toBe(0)
    expect(await found({ fingerprint: 'another' })).toBe(0)
    expect(await found({ topic: 'billing-events', partition: '0', offset: String(offset) })).toBe(1)
    expect(await found({ topic: 'crm-events' })).toBe(0)
    expect(await found({ ids: `${id},${failures[1]!.id}` })).toBe(2)
    expect(await found({ event: events[0].event_id })).toBe(1)
    expect(await found({ event: message })).toBe(1)
    expect(await found({ event: 'another' })).toBe(0)
    expect(await found({ since: new Date(firstSeen).toISOString() })).toBe(3)
    expect(await found({ since: '2100-01-01' })).toBe(0)
    expect(await found({ until: '2026-01-01T00:00+06:00' })).toBe(0)
    expect(await found({ state: 'resolved' })).toBe(0)
    expect(await found({ state: 'all' })).toBe(3)
  })

  test.each(['01711000900', '8801711000900', '+880 1711-000900', '008801711000900', 'tel:+8801711000900'])(
    'a customer is found who was written %s',
    async (written) => {
      await site.deliver({ ...recharge(written, 1), timestamp: 'yesterday' })
      for (const asked of [written, '+8801711000900']) {
        const { failures } = await got('omar', `/failures?${new URLSearchParams({ customer: asked })}`)
        expect(failures.map((each: Failure) => each.customer)).toContain(written)
      }
    },
  )

  test('the latest come first, as many as were asked for, and all are counted', async () => {
    const { customer, failures } = await failing(3)
    const query = new URLSearchParams({ customer, limit: '2' })
    expect(await got('omar', `/failures?${query}`)).toMatchObject({
      total: 3,
      failures: [{ id: failures[2]!.id }, { id: failures[1]!.id }],
    })
    const rest = new URLSearchParams({ customer, after: String(failures[1]!.id) })
    expect(await got('omar', `/failures?${rest}`)).toMatchObject({ failures: [{ id: failures[2]!.id }] })
  })

  test('one is shown with its message, its reason and its job', async () => {
    const { failures, events } = await failing(1)
    const { id } = failures[0]!
    await until(async () => (await got('omar', `/failures/${id}`)).job !== null, 'no job')
    const shown = await got('omar', `/failures/${id}`)
    expect(shown).toMatchObject({
      id,
      state: 'open',
      code: 'TIMESTAMP_INVALID',
      job: `failure-${id}-1`,
      reason: expect.stringMatching(/^TIMESTAMP_INVALID: \/timestamp: .* To do: /),
    })
    expect(JSON.parse(JSON.parse(shown.original).value).event_id).toBe(events[0].event_id)
  })

  test('causes are listed with who looks after them', async () => {
    const { failures } = await failing(2)
    const { fingerprint } = failures[0]!
    const set = { fingerprint, owner: 'billing-team', note: 'ticket 4711' }
    expect(await posted('omar', '/failures/assign', set)).toEqual(set)
    const { causes } = await got('vera', '/failures/causes?limit=100')
    expect(causes.find((each: Json) => each.fingerprint === fingerprint)).toMatchObject({
      owner: 'billing-team',
      note: 'ticket 4711',
    })
    await untilRecorded({
      actor: 'omar',
      action: 'assign',
      target: `cause ${fingerprint}`,
      outcome: 'owner billing-team, note ticket 4711',
    })
  })

  test('an export has a line for each, and leaves an entry in the audit log', async () => {
    const { customer, failures } = await failing(3)
    const exported = await lines(
      await as('omar', 'GET', `/failures/export?${new URLSearchParams({ customer })}`),
    )
    expect(exported.map(({ id }) => id)).toEqual(failures.map(({ id }) => id))
    expect(exported[0]).toMatchObject({ customer, reason: expect.any(String) })
    await untilRecorded({ actor: 'omar', action: 'export', outcome: '3 failures' })
  })
})

describe('viewers', () => {
  test('see everything but who it was about', async () => {
    const { customer, failures } = await failing(1)
    const number = customer.slice(-10)
    const { id } = failures[0]!
    const query = new URLSearchParams({ customer })
    for (const path of [`/failures?${query}`, `/failures/${id}`, `/failures/export?${query}`]) {
      const [seen, whole] = await Promise.all(
        ['vera', 'omar'].map(async (name) => (await as(name, 'GET', path)).text()),
      )
      expect(seen).toContain(`+88017••••${customer.slice(-4)}`)
      expect(seen).not.toContain(number)
      expect(whole).toContain(number)
    }
    // What Laurel made itself stays whole: it is what they tell an operator.
    const [seen, whole] = [await got('vera', `/failures/${id}`), await got('omar', `/failures/${id}`)]
    for (const name of ['id', 'message', 'offset', 'topic', 'firstSeen', 'code', 'fingerprint'])
      expect(seen[name]).toEqual(whole[name])
  })

  test.each([
    ['/failures/retry', 'retry', 'failures', 'operator'],
    ['/failures/discard', 'discard', 'failures', 'admin'],
    ['/failures/assign', 'assign', 'failures', 'operator'],
    ['/failures/7/retry', 'retry', 'failures: ids 7', 'operator'],
    ['/Failures/7/discard/', 'discard', 'failures: ids 7', 'operator'],
    ['/find/7/retry', 'retry', 'failures: ids 7', 'operator'],
    ['/find/7/discard', 'discard', 'failures: ids 7', 'operator'],
  ])('are refused %s', async (path, action, target, least) => {
    const response = await as('vera', 'POST', path, { code: 'JSON_INVALID', reason: 'x' })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(`the role ${least}`) })
    await untilRecorded({ actor: 'vera', action, target, outcome: 'refused' })
  })
})

describe('retrying', () => {
  test('tells how each ended, and the sum; what counts leaves the board', async () => {
    const { customer, failures } = await failing(4, 3)
    await until(async () => (await got('omar', `/failures/${failures[0]!.id}`)).job !== null, 'no job')
    const answered = await lines(await as('omar', 'POST', '/failures/retry', { customer, canary: 0 }))
    expect(answered).toHaveLength(5)
    expect(answered.slice(0, 4).map((each) => [each.total, each.counted])).toEqual(
      expect.arrayContaining([
        [4, true],
        [4, true],
        [4, true],
        [4, false],
      ]),
    )
    expect(answered.map(({ tried }) => tried)).toEqual([1, 2, 3, 4, 4])
    const { id } = failures[3]!
    expect(answered.find(({ failure }) => failure === id)).toMatchObject({
      counted: false,
      reason: expect.stringContaining('TIMESTAMP_INVALID'),
    })
    expect(answered[4]).toEqual({ tried: 4, counted: 3, last: id, ended: 'all tried', total: 4 })
    expect(await site.points(customer)).toBe(30)
    const queue = site.transport.queues['failed-events']
    expect(await queue.getJobState(`failure-${failures[0]!.id}-1`)).toBe('unknown')
    await untilRecorded({
      actor: 'omar',
      origin: '127.0.0.1',
      action: 'retry',
      target: `failures: customer ${customer}`,
      outcome: '3 of 4 count now: all tried',
    })
  })

  test('can be tried out, taken in parts, and gone on with', async () => {
    const { customer } = await failing(5, 5)
    expect(await posted('omar', '/failures/retry', { customer, dryRun: true, limit: 2 })).toEqual({
      dryRun: true,
      total: 2,
    })
    expect(await site.points(customer)).toBe(0)
    const first = (await lines(await as('omar', 'POST', '/failures/retry', { customer, limit: 2 }))).at(-1)
    expect(first).toMatchObject({ tried: 2, counted: 2, ended: 'limit reached' })
    const rest = await lines(await as('omar', 'POST', '/failures/retry', { customer, after: first.last }))
    expect(rest.at(-1)).toMatchObject({ tried: 3, counted: 3, ended: 'all tried' })
    await untilRecorded({ target: `failures: customer ${customer}`, outcome: 'dry run: 2 would be retried' })
  })

  test('stops after a canary that fails, and keeps to a rate', async () => {
    const { customer } = await failing(4)
    const canary = await lines(await as('omar', 'POST', '/failures/retry', { customer, canary: 2 }))
    expect(canary.at(-1)).toMatchObject({ tried: 2, counted: 0, ended: 'canary failed' })
    const begun = performance.now()
    await lines(await as('omar', 'POST', '/failures/retry', { customer, canary: 0, rate: 10 }))
    expect(performance.now() - begun).toBeGreaterThanOrEqual(290)
  })

  test('ends when whoever asked hangs up, says so in the audit log, and is gone on with', async () => {
    const { customer, failures } = await failing(6, 6)
    const controller = new AbortController()
    const response = await fetch(`${site.url}/failures/retry`, {
      method: 'POST',
      headers: { authorization: basic('omar', PASSWORD), 'content-type': 'application/json' },
      body: JSON.stringify({ customer, rate: 4 }),
      signal: controller.signal,
    })
    const reader = response.body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('"tried":1')
    controller.abort()
    const aborted = async () => {
      const rows = await listActions(site.database.sql, { action: 'retry' }, 10)
      return rows.find(({ target }) => target === `failures: customer ${customer}`)?.outcome
    }
    await until(async () => (await aborted()) !== undefined, 'not in the audit log')
    expect(await aborted()).toMatch(/^[1-3] of [1-3] count now: aborted$/)
    expect(await state(failures[5]!)).toBe('open')
    const rest = await lines(await as('omar', 'POST', '/failures/retry', { customer }))
    expect(rest.at(-1)).toMatchObject({ ended: 'all tried' })
    expect(await site.points(customer)).toBe(60)
  })

  test('ends when this process is to end, and says so in its last line and in the audit log', async () => {
    const { customer, failures } = await failing(6, 6)
    const response = await as('omar', 'POST', '/failures/retry', { customer, rate: 4 })
    const [answered] = await Promise.all([lines(response), site.startOps()])
    expect(answered.at(-1)).toMatchObject({ ended: 'aborted', total: 6 })
    expect(await state(failures[5]!)).toBe('open')
    const { tried } = answered.at(-1)
    await untilRecorded({
      target: `failures: customer ${customer}`,
      outcome: `${tried} of ${tried} count now: aborted`,
    })
  })

  test('uses the sources as they are corrected now', async () => {
    const event = { ...recharge('+8801711000777', 100), source: 'kiosk' }
    await site.deliver(event, { ...event, event_id: 'another-kiosk' })
    const retry = () => as('omar', 'POST', '/failures/retry', { code: 'SOURCE_UNKNOWN', canary: 0 })
    expect((await lines(await retry())).at(-1)).toMatchObject({ tried: 2, counted: 0 })
    const file = join(program, 'sources.yaml')
    const before = readFileSync(file, 'utf8')
    writeFileSync(file, before.replace(/^sources:\n/m, 'sources:\n  kiosk: {}\n'))
    expect((await lines(await retry())).at(-1)).toMatchObject({ tried: 2, counted: 2 })
    writeFileSync(file, before)
    expect(await site.points('+8801711000777')).toBe(20)
  })

  test('of one answers how it ended, also where it was given up', async () => {
    const { failures } = await failing(1, 1)
    const { id } = failures[0]!
    await posted('omar', `/failures/${id}/discard`, { reason: 'test data' })
    expect(await posted('omar', `/failures/${id}/retry`)).toMatchObject({ failure: id, counted: true })
    await untilRecorded({ action: 'retry', target: `failures: ids ${id}`, outcome: 'counts now' })
  })
})

describe('giving up', () => {
  test('many is for admins, one for operators, and the reason is kept', async () => {
    const { customer, failures } = await failing(3)
    const [first, second] = failures as [Failure, Failure]
    const body = { customer, reason: 'test data' }
    expect((await as('omar', 'POST', '/failures/discard', body)).status).toBe(403)
    expect(await posted('omar', `/failures/${first.id}/discard`, { reason: 'sent twice' })).toEqual({
      discarded: 1,
    })
    expect(await posted('ada', '/failures/discard', { ...body, dryRun: true })).toEqual({
      dryRun: true,
      total: 2,
    })
    expect(await posted('ada', '/failures/discard', { ...body, limit: 1 })).toEqual({ discarded: 1 })
    expect(await posted('ada', '/failures/discard', body)).toEqual({ discarded: 1 })
    expect(await got('omar', `/failures/${first.id}`)).toMatchObject({ discarded: 'sent twice' })
    expect(await got('omar', `/failures/${second.id}`)).toMatchObject({
      state: 'discarded',
      discarded: 'test data',
    })
    await untilRecorded({
      actor: 'ada',
      action: 'discard',
      target: `failures: customer ${customer}`,
      outcome: '1 given up: test data',
    })
  })
})

describe('a mistake is answered with what to change', () => {
  test.each([
    ['GET', '/failures?colour=red', undefined, 400, /^colour: not known here; there are ids, code, /],
    ['GET', '/failures?topic=%00', undefined, 400, /^topic: expected no NUL/],
    ['GET', '/failures/0', undefined, 400, /^failure: expected a whole number from 1/],
    ['GET', '/failures/999999999', undefined, 404, /There is no failure 999999999: GET \/failures/],
    ['POST', '/failures/999999999/retry', {}, 404, /There is no failure 999999999/],
    ['POST', '/failures/retry', {}, 400, /^Say which: numbers of failures, or a code/],
    ['POST', '/failures/retry', { after: 3, limit: 2 }, 400, /^Say which/],
    ['POST', '/failures/discard', { reason: 'x' }, 400, /^Say which/],
    ['POST', '/failures/assign', { fingerprint: 'x' }, 400, /^say who, with owner/],
    ['POST', '/failures/assign', { fingerprint: 'none', owner: 'x' }, 404, /No failure has the cause none/],
    ['POST', '/failures/7/discard', {}, 400, /^reason: expected one text/],
  ])('%s %s %j', async (method, path, body, status, message) => {
    const response = await as('ada', method, path, body)
    expect([response.status, await response.json()]).toEqual([
      status,
      { error: expect.any(String), message: expect.stringMatching(message) },
    ])
  })

  test('and so is another site’s page', async () => {
    const response = await site.ask(
      'POST',
      '/failures/retry',
      { code: 'JSON_INVALID' },
      {
        authorization: basic('ada', PASSWORD),
        origin: 'https://elsewhere.example.com',
      },
    )
    expect(response.status).toBe(403)
  })
})
