import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { PASSWORD, recharge, Site, until, writePeople } from '../integration/ops/fixture.ts'
import { launchBrowser, logIn, openPage } from '../support/browser.ts'

const HOST = 'ops.test'
const directory = mkdtempSync(join(tmpdir(), 'laurel-ops-'))

let site: Site
let browser: Browser
let page: Page

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
afterEach(() => page.context().close())

async function visit(name: string, path: string): Promise<void> {
  ;({ page } = await openPage(browser, HOST))
  await logIn(page, `http://${HOST}:${site.port}${path}`, name, PASSWORD)
}

const icon = (name: string) => page.locator(`button:has(svg.lucide-${name})`)

async function failedEvent(customer: string): Promise<string> {
  const event = { ...recharge(customer, 100), timestamp: 'yesterday', metadata: { name: 'Rahim Uddin' } }
  return (await site.deliverBad(event)).id!
}

test('a viewer sees what failed and why, but not who it was about, and has nothing to press', async () => {
  const id = await failedEvent('+8801700000431')
  await visit('vera', `/queue/failed-events/${id}`)
  await page
    .getByText(/TIMESTAMP_INVALID: \/timestamp/)
    .first()
    .waitFor()
  await page.getByText('Data', { exact: true }).click()
  await page.getByText('recharge').first().waitFor()
  const shown = await page.locator('body').textContent()
  expect(shown).toContain('+88017••••0431')
  expect(shown).not.toMatch(/1700000431|Rahim/)
  for (const name of ['refresh-cw', 'pencil', 'trash']) expect(await icon(name).count()).toBe(0)
  expect(await page.getByRole('link', { name: 'Trace' }).count()).toBe(0)
})

test('an operator sees who it was about, retries it, and is told no where a queue is to stop', async () => {
  const id = await failedEvent('+8801700000432')
  await visit('omar', `/queue/failed-events/${id}`)
  await page.getByText('Data', { exact: true }).click()
  await page.getByText('recharge').first().waitFor()
  expect(await page.locator('body').textContent()).toContain('+8801700000432')
  await icon('refresh-cw').first().click()
  await page.getByRole('button', { name: 'Confirm' }).click()
  const job = await site.transport.queues['failed-events'].getJob(id)
  await until(async () => (await site.failure(job!)).attempts === 2, 'not retried')
  await pause()
  await page.getByText('needs the role admin, and you have operator').waitFor()
  expect(await site.transport.queues['failed-events'].isPaused()).toBe(false)
})

test('an admin stops a queue', async () => {
  await visit('ada', '/queue/failed-events')
  await pause()
  await until(async () => site.transport.queues['failed-events'].isPaused(), 'not paused')
  await site.transport.queues['failed-events'].resume()
})

/** By the menu of the queue. */
async function pause(): Promise<void> {
  await page.goto(`http://${HOST}:${site.port}/queue/failed-events`)
  await icon('ellipsis-vertical').last().click()
  await page.getByText('Pause', { exact: true }).click()
  const confirm = page.getByRole('button', { name: 'Confirm' })
  await confirm.click({ timeout: 2_000 }).catch(() => {})
}
