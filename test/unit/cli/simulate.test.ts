import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const PATIENCE = 60_000
let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'simulate-test-'))
  mkdirSync(at('temporary'))
  const options = ['--customers', '20', '--days', '10', '--from', '2026-09-07', '--out', at('events')]
  await laurel('sample', ...options)
  writeFileSync(at('broken'), `${readFileSync(at('events'), 'utf8')}{"half\n`)
}, PATIENCE)
afterAll(() => rmSync(directory, { recursive: true }))

const at = (name: string) => join(directory, name)

/** Runs `laurel …` without any address of a service. */
async function laurel(
  ...args: readonly string[]
): Promise<{ stdout: string; stderr: string; status: number }> {
  const env = { PATH: process.env.PATH, TMPDIR: at('temporary') }
  const run = promisify(execFile)(process.execPath, ['apps/cli/laurel.js', ...args], { env })
  return run.then(
    ({ stdout, stderr }) => ({ stdout, stderr, status: 0 }),
    ({ stdout, stderr, code }) => ({ stdout, stderr, status: code }),
  )
}

test(
  'a simulation tells people on standard output, and gives data to programs alone',
  async () => {
    const words = await laurel(
      'program',
      'simulate',
      'programs/telco',
      '--events',
      at('broken'),
      '--rejects',
      at('rejects'),
    )
    expect(words.stdout).toMatch(/^programs\/telco, as of 2026-09-16T\S+: \d+ customers\n/)
    expect(words.stdout).toContain('JSON_INVALID: 1')
    const refused = JSON.parse(readFileSync(at('rejects'), 'utf8'))
    const lines = readFileSync(at('broken'), 'utf8').split('\n').length - 1
    expect(refused).toMatchObject({ line: lines, code: 'JSON_INVALID' })
    const data = await laurel('program', 'simulate', 'programs/telco', '--events', at('broken'), '--json')
    const customers = data.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(words.stdout).toContain(`: ${customers.length} customers\n`)
    expect(data.stderr).toBe(words.stdout)
    expect(readdirSync(at('temporary')).filter((name) => name.startsWith('laurel-'))).toEqual([])
  },
  PATIENCE,
)

test(
  'two programs are compared without a service, and half a question is answered with the whole one',
  async () => {
    cpSync('programs/telco', at('next'), { recursive: true })
    const file = join(at('next'), 'program.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('levels: [3, 7, 30]', 'levels: [2, 7, 30]'))
    const compare = ['program', 'diff', 'programs/telco', at('next')]
    const words = await laurel(...compare, '--events', at('events'))
    const data = await laurel(...compare, '--events', at('events'), '--json')
    const gaining = data.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(words.stdout).toContain(`${gaining.length} of `)
    expect(words.stdout).toMatch(/gains login-streak 1/)
    expect(gaining.flatMap(({ gains }) => gains)).toContainEqual({
      kind: 'badge',
      rule: 'login-streak',
      occurrence: '1',
      level: 1,
      wallet: null,
      amount: 0,
    })
    const half = await laurel(...compare)
    expect([half.status, half.stderr]).toEqual([
      1,
      expect.stringMatching(/^To compare two programs on events, name both/),
    ])
    const twice = await laurel(...compare, '--events', '-')
    expect([twice.status, twice.stderr]).toEqual([1, expect.stringMatching(/^The events are read twice/)])
    const nowhere = await laurel('program', 'simulate', at('temporary'), '--events', at('events'))
    expect([nowhere.status, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining('program.yaml is not there: name'),
    ])
  },
  PATIENCE,
)
