import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'

const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
const UNPACKED = fileURLToPath(new URL('../../node_modules/.cache/chromium', import.meta.url))
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']

interface Candidate {
  readonly executable: string
  readonly environment: NodeJS.ProcessEnv
}

/**
 * A real Chromium without a window: the one that comes with @sparticuz/chromium, else one that is installed.
 *
 * @param hosts names that the browser is to find at 127.0.0.1, as if they were of an operator's network
 */
export async function launchBrowser(hosts: readonly string[] = []): Promise<Browser> {
  const errors: string[] = []
  for (const { executable, environment } of [...(await packaged(errors)), ...installed()]) {
    try {
      await promisify(execFile)(executable, ['--version', '--no-sandbox'], { env: environment })
    } catch (error) {
      errors.push(`${executable}: ${(error as Error).message.trim()}`)
      continue
    }
    return chromium.launch({
      executablePath: executable,
      env: environment as Record<string, string>,
      args: [...FLAGS, `--host-resolver-rules=${hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',')}`],
    })
  }
  throw new Error(
    `No Chromium runs here: install one (Debian: apt-get install chromium) so that it is on the PATH.\n${errors.join('\n')}`,
  )
}

/** Bare, and with the libraries and fonts that the package brings for systems that lack them. */
async function packaged(errors: string[]): Promise<readonly Candidate[]> {
  try {
    const directory = await unpack()
    const executable = join(directory, 'chromium')
    const brought = {
      LD_LIBRARY_PATH: join(directory, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(directory, 'fonts'),
    }
    return [
      { executable, environment: process.env },
      { executable, environment: { ...process.env, ...brought } },
    ]
  } catch (error) {
    errors.push(`@sparticuz/chromium: ${(error as Error).message}`)
    return []
  }
}

/** Once for each `npm ci`. The directory appears whole or not at all: several tests may come here at once. */
async function unpack(): Promise<string> {
  if (existsSync(UNPACKED)) return UNPACKED
  mkdirSync(dirname(UNPACKED), { recursive: true })
  const draft = mkdtempSync(`${UNPACKED}-`)
  const before = { ...process.env }
  try {
    // The package unpacks to the temporary directory, and its libraries only where it believes to be on Lambda.
    Object.assign(process.env, { TMPDIR: draft, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' })
    const { default: packed } = await import('@sparticuz/chromium')
    await packed.executablePath()
    if (!existsSync(UNPACKED)) renameSync(draft, UNPACKED)
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
    rmSync(draft, { recursive: true, force: true })
  }
  return UNPACKED
}

function installed(): readonly Candidate[] {
  return INSTALLED.map((executable) => ({ executable, environment: process.env }))
}

const PATIENCE = 15_000

/** A page in a context of its own, and what was wrong with it so far. */
export interface Watched {
  readonly page: Page
  /** What it asked other hosts for, and what the browser complained about. */
  readonly complaints: readonly string[]
}

/** @param host the only one that the page may ask for anything */
export async function openPage(
  browser: Browser,
  host: string,
  viewport = { width: 1440, height: 900 },
): Promise<Watched> {
  const complaints: string[] = []
  const context = await browser.newContext({ viewport })
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol !== 'data:' && hostname !== host) complaints.push(`asked ${request.url()}`)
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|Mixed Content/.test(message.text())) complaints.push(message.text())
  })
  return { page, complaints }
}

/** Fills in the login form that a page leads to. */
export async function logIn(page: Page, url: string, name: string, password: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}
