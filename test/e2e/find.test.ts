import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { recordFix } from '#store/failures.ts'
import { PASSWORD, recharge, Site, writePeople } from '../integration/ops/fixture.ts'
import { launchBrowser, logIn, openPage } from '../support/browser.ts'

const HOST = 'ops.test'
const NARROW = { width: 360, height: 740 }
const directory = mkdtempSync(join(tmpdir(), 'laurel-ops-'))

let site: Site
let browser: Browser
let page: Page
/** What the page asked other hosts for, and what the browser complained about. */
let complaints: readonly string[]

beforeAll(async () => {
  const file = join(directory, 'users.yaml')
  await writePeople(file)
  site = await Site.start({ OPS_USERS_FILE: file })
  browser = await launchBrowser([HOST])
})
afterAll(async () => {
  await browser?.close()
  await site?.stop()
  rmSync(directory, { recursive: true })
})
afterEach(async () => {
  await page.context().close()
  expect(complaints).toEqual([])
})

async function visit(
  name: string,
  path: string,
  viewport?: { width: number; height: number },
): Promise<void> {
  ;({ page, complaints } = await openPage(browser, HOST, viewport))
  await logIn(page, `http://${HOST}:${site.port}${path}`, name, PASSWORD)
}

async function look(text: string): Promise<void> {
  await page.getByLabel('Event id, customer id, or').fill(text)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.searchParams.get('q') === text)
}

const row = (id: number) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: `${id} ·` }) })

test('one click from the board, an id and Enter: there is the failure, and its job one click on', async () => {
  const id = 'recharge of "Rahim" 511'
  const event = { ...recharge('01700-000511', 100), event_id: id, timestamp: 'yesterday' }
  const job = await site.deliverBad(event)
  const { failure, from } = job.data.info
  await visit('omar', '/queue/scoring')
  await page.getByRole('link', { name: 'Find a failure' }).click()
  expect(await page.evaluate('document.activeElement.name')).toBe('q')
  for (const text of [
    id,
    '+8801700000511',
    '8801700000511',
    from,
    from.replaceAll('/', ' '),
    `#${failure}`,
  ]) {
    await look(text)
    await row(failure).waitFor()
    expect(await page.getByRole('rowheader').count()).toBe(1)
  }
  const cells = await row(failure).getByRole('cell').allTextContents()
  expect(cells.slice(0, 4)).toEqual([
    'open',
    expect.stringMatching(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
    '01700-000511',
    `${from}, source billing`,
  ])
  await row(failure).getByRole('link').click()
  await page.getByText('TIMESTAMP_INVALID · billing · 017').first().waitFor()
  expect(new URL(page.url()).pathname).toBe(`/queue/failed-events/${job.id}`)
})

test('an operator retries what was corrected and gives another up, on a telephone', async () => {
  const events = [recharge('+8801700000512', 100), recharge('+8801700000512', 200)]
  const jobs = []
  for (const event of events) jobs.push(await site.deliverBad({ ...event, timestamp: 'yesterday' }))
  const [first, second] = jobs.map(({ data }) => data.info.failure) as [number, number]
  await recordFix(site.database.sql, first, JSON.stringify(events[0]), 'test')

  await visit('omar', '/find', NARROW)
  await look('01700000512')
  await row(second).waitFor()
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(NARROW.width)
  await page.getByRole('button', { name: `Retry failure ${first}`, exact: true }).click()
  await page.getByText(`Failure ${first} counts now`).waitFor()
  expect(await row(first).textContent()).toContain('nothing: it counts')
  expect(await site.points('+8801700000512')).toBe(10)

  await page.getByRole('button', { name: `Retry failure ${second}`, exact: true }).click()
  await page.getByText(`Failure ${second} failed again: TIMESTAMP_INVALID`).waitFor()
  await page.getByLabel(`Why failure ${second} is given up`, { exact: true }).fill('sent by a test')
  await page.keyboard.press('Enter')
  await page.getByText(`Failure ${second} is given up, and kept`).waitFor()
  expect(await site.failure(jobs[1]!)).toMatchObject({ state: 'discarded', discarded: 'sent by a test' })
  // Its job is gone: a link would lead nowhere.
  expect(await row(second).getByRole('link').count()).toBe(0)
})

test('a viewer finds a failure, but not who it was about, and has nothing to press', async () => {
  const job = await site.deliverBad({ ...recharge('+8801700000513', 100), timestamp: 'yesterday' })
  const { failure, from } = job.data.info
  await visit('vera', '/find')
  await look(from)
  await row(failure).waitFor()
  const shown = await page.getByRole('table').textContent()
  expect(shown).toContain('+88017••••0513')
  expect(shown).not.toContain('1700000513')
  expect(await page.getByRole('button').allTextContents()).toEqual(['Find'])
})

test('what was looked for is text, whatever it is, and what is not there is said', async () => {
  await visit('vera', '/find')
  await look('<img src=x onerror=alert(1)>')
  await page.getByText('No failure matches <img src=x onerror=alert(1)>').waitFor()
  expect(await page.locator('img').count()).toBe(0)
})
