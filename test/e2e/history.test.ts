import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Installation, until } from '../support/installation.ts'

const run = promisify(execFile)
const CUSTOMER = '+8801700000042'
const today = new Date().toISOString().slice(0, 10)

let installation: Installation
let program: string
beforeAll(async () => {
  installation = await Installation.create()
  program = mkdtempSync(join(tmpdir(), 'laurel-program-'))
  cpSync('programs/telco', program, { recursive: true })
  await installation.startAll()
  await installation.startApi()
})
afterAll(async () => {
  await installation.stop()
  rmSync(program, { recursive: true, force: true })
})

/** What a command prints, and its status. */
async function laurel(...args: string[]): Promise<{ status: number; output: string }> {
  try {
    const { stdout } = await run(process.execPath, [resolve('apps/cli/laurel.js'), ...args], {
      env: { ...installation.environment, LAUREL_API_URL: installation.apiUrl },
    })
    return { status: 0, output: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { status: code, output: stdout + stderr }
  }
}

async function publish(...events: object[]): Promise<void> {
  await installation.publish(
    events.map((event) => ({
      topic: 'billing-events',
      value: JSON.stringify({ customer_id: CUSTOMER, event_type: 'recharge', ...event }),
    })),
  )
  await installation.settled()
}

interface Shown {
  readonly wallets: {
    readonly points: { readonly balance: number; readonly earned: number; readonly spent: number }
  }
  readonly ranks: Record<string, { readonly total: number } | null>
}
const shown = () => installation.ask<Shown>(`/v1/customers/${encodeURIComponent(CUSTOMER)}`)

test('points are spent, adjusted, reversed, explained, audited and erased by command', async () => {
  await publish(
    { event_id: 'h-1', timestamp: `${today}T00:00:01Z`, value: 700 },
    { event_id: 'h-2', timestamp: `${today}T00:00:02Z`, value: 500 },
  )
  expect((await shown()).wallets.points).toMatchObject({ balance: 100, earned: 100 })

  const spend = ['spend', CUSTOMER, 'points', '60', '--key', 'order-1', '--reason', 'bundle']
  expect(await laurel(...spend)).toMatchObject({
    status: 0,
    output: expect.stringContaining('The balance was 40'),
  })
  expect((await laurel(...spend)).output).toContain('decided before, under this key')
  const refused = await laurel('spend', CUSTOMER, 'points', '41', '--key', 'order-2')
  expect(refused).toMatchObject({
    status: 1,
    output: expect.stringContaining('the balance does not cover it'),
  })
  await laurel('adjust', CUSTOMER, 'points', '--reason', 'outage', '--key', 'case-1', '--', '-5')
  expect((await shown()).wallets.points).toMatchObject({ balance: 35, earned: 100, spent: 60 })

  await publish({ event_id: 'h-r', timestamp: `${today}T00:00:03Z`, reverses: 'h-1' })
  const after = await shown()
  expect(after.wallets.points).toMatchObject({ balance: -15, earned: 50, spent: 60 })
  expect(after.ranks['points-all']).toMatchObject({ total: 50 })

  const { events } = await installation.ask<{
    events: { id: string; type: string; reverses: string | null; reversedBy: string | null }[]
  }>(`/v1/customers/${encodeURIComponent(CUSTOMER)}/timeline`)
  const reversed = events.find(({ reversedBy }) => reversedBy !== null)!
  const counted = events.find(
    ({ id, type, reverses }) => type === 'recharge' && reverses === null && id !== reversed.id,
  )!
  const gone = await laurel('explain', `recharge-points/${reversed.id}`)
  expect(gone.output).toMatch(/was taken back \(revision 2\)[\s\S]*\+70 points[\s\S]*-70 points/)
  const explained = await laurel('explain', `recharge-points/${counted.id}@${CUSTOMER}`, '--json')
  expect(JSON.parse(explained.output)).toMatchObject({
    live: true,
    amount: 50,
    numbers: { full: 50, before: 0, cap: 100 },
    program: { name: 'telco', version: '1', rule: { id: 'recharge-points' } },
    events: [{ type: 'recharge', value: 500 }],
  })

  expect(await laurel('audit', '--all')).toMatchObject({
    status: 0,
    output: '1 customers folded again: 0 differences.\n',
  })
  await installation.database.sql`update ledger set amount = amount + 1 where amount > 0`
  const audited = await laurel('audit', CUSTOMER)
  expect(audited).toMatchObject({ status: 1, output: expect.stringContaining('balance points') })
  await installation.database.sql`update ledger set amount = amount - 1 where amount > 1`

  expect((await laurel('erase', CUSTOMER, '--yes')).output).toMatch(/^Erased 1 ids and 0 failures/)
}, 120_000)

test('a program is published while everything runs, and its history folded by the maintenance pool', async () => {
  await publish({ customer_id: 'p', event_id: 'p-1', timestamp: `${today}T00:00:01Z`, value: 100 })
  const file = join(program, 'program.yaml')
  const text = readFileSync(file, 'utf8')
  const rule = "  - { id: welcome, on: recharge, amount: '7.0', wallet: points, counts: history }\n"
  writeFileSync(file, text.replace('badges:\n', `${rule}badges:\n`))
  expect((await laurel('program', 'diff', program)).output).toContain('new     welcome (points)')
  const asked = await laurel('program', 'publish', program)
  expect(asked).toMatchObject({ status: 1, output: expect.stringContaining('Nothing was published') })
  expect(asked.output).toMatch(/welcome +\d+ +0 +\d+ +0 +\d+/)
  const published = await laurel('program', 'publish', program, '--yes', '--by', 'me')
  expect(published.output).toMatch(/Version 2 is in force\.[\s\S]*The past is being folded again/)
  await until(
    async () => (await installation.ask<Shown>('/v1/customers/p')).wallets.points.balance === 17,
    20_000,
    () => 'the rule does not count the past',
  )
  await publish({ customer_id: 'p', event_id: 'p-2', timestamp: `${today}T00:00:02Z`, value: 100 })
  expect((await installation.ask<Shown>('/v1/customers/p')).wallets.points.balance).toBe(34)
  expect((await laurel('program', 'list')).output).toMatch(/1 .*laurel +the first\n.*2 .*me +\+ welcome/)

  writeFileSync(
    file,
    text.replace('event.value / 10.0', 'event.value / 5.0').replace('badges:\n', `${rule}badges:\n`),
  )
  const wrong = await laurel('program', 'publish', program)
  expect(wrong).toMatchObject({
    status: 1,
    output: expect.stringContaining('keeps its meaning: close it with until'),
  })
  expect((await laurel('audit', '--all')).status).toBe(0)
}, 120_000)
