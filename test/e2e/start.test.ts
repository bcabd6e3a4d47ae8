import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '#stack/port.ts'
import { until } from '../support/installation.ts'

let directory: string
let environment: NodeJS.ProcessEnv
let api: string
let started: { process: ChildProcess; output: () => string }

async function start(...options: string[]): Promise<typeof started> {
  const process_ = spawn(process.execPath, ['apps/cli/laurel.js', 'start', ...options], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  process_.stdout.on('data', (chunk) => {
    output += chunk
  })
  process_.stderr.on('data', (chunk) => {
    output += chunk
  })
  await until(
    async () => output.includes('Laurel is ready') || process_.exitCode !== null,
    180_000,
    () => output,
  )
  return { process: process_, output: () => output }
}

function laurel(...args: string[]): string {
  return execFileSync(process.execPath, ['apps/cli/laurel.js', ...args], {
    env: environment,
    encoding: 'utf8',
  })
}

/** Command lines of services that run on this test's data. */
function left(): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(directory))
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'laurel-start-'))
  chmodSync(directory, 0o755)
  const [apiPort, opsPort] = [await freePort(), await freePort()]
  api = `http://127.0.0.1:${apiPort}`
  const { KAFKA_BOOTSTRAP_SERVERS: _k, REDIS_URL: _r, DATABASE_URL: _d, ...outer } = process.env
  environment = {
    ...outer,
    LAUREL_DATA: directory,
    KAFKA_PORT: String(await freePort()),
    API_PORT: String(apiPort),
    OPS_PORT: String(opsPort),
  }
  started = await start()
})

afterAll(async () => {
  if (started.process.exitCode === null && started.process.signalCode === null) {
    started.process.kill('SIGINT')
    await once(started.process, 'exit')
  }
  rmSync(directory, { recursive: true, force: true })
})

describe('npm start', () => {
  test('shows where everything is, and the first awards within twenty seconds', async () => {
    expect(started.output()).toMatch(/Laurel is ready \(\d+ s\)/)
    expect(started.output()).toContain(`API         ${api}`)
    expect(started.output()).toMatch(/login ops \/ \S{8,}/)
    await until(async () => /· [1-9]\d* awards/.test(started.output()), 20_000, started.output)
  })

  test('lets a second terminal see, publish and break things', async () => {
    expect(laurel('produce', '--sample', '50')).toMatch(/sent/)
    expect(laurel('produce', '--broken')).toMatch(/sent/)
    await until(async () => laurel('failures', 'list').includes('TIMESTAMP_INVALID'), 20_000)
    expect(laurel('customer', '01700000042')).toContain('+8801700000042')
    expect(JSON.parse(laurel('customer', '+8801700000042', '--json'))).toHaveProperty(
      'wallets.points.balance',
    )
    expect(laurel('leaderboard', 'points-week')).toContain('rank')
    expect(laurel('leaderboard', 'rebuild')).toContain('made anew')
    expect(laurel('status')).toContain('normalization')
    const failures = JSON.parse(laurel('failures', 'list', '--json')) as {
      topic: string
      partition: number
      offset: number
      id: number
    }[]
    const [{ topic, partition, offset, id }] = failures as [(typeof failures)[0]]
    expect(laurel('trace', `${topic}/${partition}/${offset}`)).toContain('failed')
    expect(laurel('failures', 'show', String(id))).toContain('To do:')
  })

  test('takes an event by webhook', async () => {
    const secrets = JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8')) as {
      tokens: { app: string }
    }
    const response = await fetch(`${api}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.tokens.app}` },
      body: JSON.stringify({
        event_id: 'start-1',
        customer_id: '+8801799999999',
        event_type: 'recharge',
        timestamp: new Date().toISOString(),
        value: 150,
      }),
    })
    expect(response.status).toBe(202)
    await until(async () => laurel('customer', '+8801799999999').includes('15 (15 earned)'), 10_000)
  })

  test('starts a process again that has died, and says so', async () => {
    const children = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
      .split('\n')
      .map((each) => each.trim().split(/\s+/))
      .filter(([, ppid, ...args]) => Number(ppid) === started.process.pid && args.includes('bridge'))
    process.kill(Number(children[0]![0]), 'SIGKILL')
    await until(async () => started.output().includes('bridge ended (SIGKILL); starting it again'), 5_000)
    laurel('produce', '--sample', '20')
    await until(async () => JSON.parse(laurel('status', '--json')).openBatches === 0, 20_000)
  })

  test('refuses a second start on the same data, and a taken port by the name of its variable', async () => {
    const second = await start()
    expect(second.output()).toMatch(/KAFKA_PORT|API_PORT|runs already|running/i)
    expect(second.process.exitCode).toBe(1)
  })

  test('Ctrl-C stops everything and leaves nothing behind; the next start finds the data', async () => {
    started.process.kill('SIGINT')
    const [status] = await once(started.process, 'exit')
    expect(status).toBe(0)
    expect(left()).toEqual([])
    started = await start('--no-sample')
    await until(async () => laurel('customer', '+8801799999999').includes('15 (15 earned)'), 10_000)
  })

  test('kill -9 of the parent leaves nothing behind', async () => {
    started.process.kill('SIGKILL')
    await once(started.process, 'exit')
    await until(
      async () => left().length === 0,
      20_000,
      () => left().join('\n'),
    )
    expect(laurel('reset')).toContain('cleared')
  })
})
