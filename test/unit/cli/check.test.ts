import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const PATIENCE = 60_000
let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'check-test-'))
  cpSync('test/golden/program/references-unknown.yaml', join(directory, 'program.yaml'))
})
afterAll(() => rmSync(directory, { recursive: true }))

/** Runs `laurel program …` without any address of a service. */
function program(...args: readonly string[]): Promise<{ stdout: string; stderr: string; status: number }> {
  const run = promisify(execFile)(process.execPath, ['apps/cli/laurel.js', 'program', ...args], {
    env: { PATH: process.env.PATH },
  })
  return run.then(
    ({ stdout, stderr }) => ({ stdout, stderr, status: 0 }),
    ({ stdout, stderr, code }) => ({ stdout, stderr, status: code }),
  )
}

test(
  'a program without mistakes is told in one line',
  async () => {
    const { stdout, status } = await program('check', 'programs/telco')
    expect([stdout, status]).toEqual(['programs/telco: no mistakes (11 entries)\n', 0])
  },
  PATIENCE,
)

test(
  'mistakes are told with their number, and to programs as JSON',
  async () => {
    const words = await program('check', directory)
    expect(words.stdout).toMatch(
      /^\S+program\.yaml:\d+:\d+ points\.recharge-points\.wallet: no wallet is named/,
    )
    expect(words.stdout).toMatch(/\n6 mistakes\n$/)
    expect(words.status).toBe(1)
    const data = await program('check', directory, '--json')
    const { mistakes } = JSON.parse(data.stdout)
    expect([mistakes.length, data.status]).toEqual([6, 1])
    expect(mistakes[0]).toEqual({
      file: join(directory, 'program.yaml'),
      line: expect.any(Number),
      column: expect.any(Number),
      path: 'points.recharge-points.wallet',
      message: 'no wallet is named point. Did you mean points?',
    })
  },
  PATIENCE,
)
