import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { PASSWORD, recharge, Site, until } from '../integration/ops/fixture.ts'
import { launchBrowser, openPage } from '../support/browser.ts'

// Over plain http and by a name, as in an operator's network: there a browser allows less than on localhost.
const HOST = 'ops.test'

let site: Site
let browser: Browser
let page: Page
/** What the page asked other hosts for, and what the browser complained about. */
let complaints: readonly string[]

beforeAll(async () => {
  site = await Site.start()
  browser = await launchBrowser([HOST])
})
afterAll(async () => {
  await browser?.close()
  await site?.stop()
})

beforeEach(async () => {
  ;({ page, complaints } = await openPage(browser, HOST))
})
afterEach(async () => {
  await page.context().close()
  expect(complaints).toEqual([])
})

async function logIn(path = '/'): Promise<void> {
  await page.goto(`http://${HOST}:${site.port}${path}`)
  await page.getByLabel('Name').fill('ops')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Log in' }).click()
}

const icon = (name: string) => page.locator(`button:has(svg.lucide-${name})`).first()

/** Puts a text in the place of the job's data. */
async function edit(text: string): Promise<void> {
  await icon('pencil').click()
  await page.locator('.cm-content').click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
  await page.getByRole('button', { name: 'Update' }).click()
}

async function retry(): Promise<void> {
  await icon('refresh-cw').click()
  await page.getByRole('button', { name: 'Confirm' }).click()
}

test('an operator finds a failed event, reads why, corrects it, retries it, and it counts', async () => {
  const customer = '+8801700000042'
  const event = { ...recharge(customer, 200), timestamp: '2026-13-01T12:00:00Z' }
  const job = await site.deliverBad(event)

  await logIn()
  await page.getByRole('link', { name: 'failed-events' }).click()
  await page.getByText('TIMESTAMP_INVALID · billing · +88017••••0042').waitFor()
  await page.getByText(job.id!, { exact: true }).click()
  const reason = page.getByText(/TIMESTAMP_INVALID: \/timestamp: timestamp cannot be read/)
  expect(await reason.textContent()).toMatch(
    /expected a time in ISO 8601, got "2026-13-01T12:00:00Z"\)\. To do: send an existing date and time/,
  )
  const trace = page.getByRole('link', { name: 'Trace' })
  expect(await trace.getAttribute('href')).toBe(`${site.config.API_URL}/v1/events/${job.data.info.from}`)

  const fix = { ...event, timestamp: new Date().toISOString() }
  await edit(JSON.stringify({ fix }))
  await until(async () => (await site.failure(job)).fixedBy === 'ops', 'the edit was not kept')
  await retry()
  await site.settled(job.id!, 'completed')
  expect(await site.points(customer)).toBe(20)
  expect(await site.failure(job)).toMatchObject({ state: 'resolved', fix: JSON.stringify(fix) })
  await page.getByText('Finished at').waitFor()
  await page.getByText('Logs', { exact: true }).click()
  await page.getByText('retried: it counts now, as event').waitFor()
})

test('an edit that would lose the event is refused with what to do', async () => {
  const event = { ...recharge('+8801700000043', 200), amount: -1 }
  const job = await site.deliverBad(event)
  await logIn(`/queue/failed-events/${job.id}`)
  await page.getByText(/VALUE_NEGATIVE:/).waitFor()
  await edit(JSON.stringify(event))
  await page.getByText('Put the corrected event, a JSON object, in the place of').waitFor()
  expect((await site.settled(job.id!)).data).toEqual(job.data)
})

test('whoever has logged out sees nothing any more', async () => {
  await logIn()
  await page.getByText('Failed events').waitFor()
  await page.locator('header button').last().click()
  await page.getByText('Log out').click()
  await page.getByLabel('Password').waitFor()
  await page.goto(`http://${HOST}:${site.port}/queue/failed-events`)
  expect(new URL(page.url()).pathname).toBe('/login')
})
