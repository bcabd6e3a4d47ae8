import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type ProcessEntry, processTable } from '#stack/process.ts'
import { runningStack } from '#stack/record.ts'
import { resetStack } from '#stack/stack.ts'

const HOLDER = fileURLToPath(new URL('holder.ts', import.meta.url))

let directory: string
let holder: ChildProcess

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'laurel-stack-'))
})
beforeEach(hold)
afterEach(() => {
  holder.kill('SIGKILL')
})
afterAll(async () => {
  await resetStack(directory)
  rmSync(directory, { recursive: true, force: true })
})

/** Starts a process that holds a stack, in a process group of its own as a terminal would give it. */
async function hold(): Promise<void> {
  const { PATH, HOME, JAVA_HOME, XDG_CACHE_HOME } = process.env
  holder = spawn(process.execPath, ['--import', 'tsx', HOLDER, directory], {
    detached: true,
    env: { PATH, HOME, JAVA_HOME, XDG_CACHE_HOME },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout ?? holder, 'data')
}

/** Everything that descends from the holder, and itself. */
function family(): ProcessEntry[] {
  const table = processTable()
  const pids = new Set([holder.pid])
  for (let size = 0; size < pids.size; ) {
    size = pids.size
    for (const { pid, parent } of table) if (pids.has(parent)) pids.add(pid)
  }
  return table.filter(({ pid }) => pids.has(pid))
}

function living(members: readonly ProcessEntry[]): ProcessEntry[] {
  const table = processTable()
  return members.filter(({ pid, born }) => table.some((entry) => entry.pid === pid && entry.born === born))
}

async function allGone(members: readonly ProcessEntry[]): Promise<void> {
  await vi.waitFor(() => expect(living(members)).toEqual([]), { timeout: 15_000 })
}

test('a parent that is killed leaves no process behind, and the directory free', async () => {
  const members = family()
  expect(members.length).toBeGreaterThan(6)
  holder.kill('SIGKILL')
  await allGone(members)
  expect(runningStack(directory)).toBeNull()
  await hold()
  expect(runningStack(directory)).not.toBeNull()
})

test('the next start waits for what a killed parent has left', async () => {
  holder.kill('SIGKILL')
  await hold()
  expect(runningStack(directory)?.pid).toBe(holder.pid)
})

test('a parent that is killed while PostgreSQL is frozen leaves no process behind', async () => {
  const members = family()
  holder.stdin?.write('freeze\n')
  await once(holder.stdout ?? holder, 'data')
  holder.kill('SIGKILL')
  await allGone(members)
})

test('Ctrl-C reaches the parent alone, which stops its children in order', async () => {
  const members = family()
  const output: Buffer[] = []
  holder.stdout?.on('data', (data: Buffer) => output.push(data))
  process.kill(-(holder.pid ?? 0), 'SIGINT')
  await once(holder, 'exit')
  expect(Buffer.concat(output).toString()).toBe('stopped\n')
  expect(holder.exitCode).toBe(0)
  await allGone(members)
  expect(readFileSync(join(directory, 'logs', 'postgres.log'), 'utf8')).toContain(
    'database system is shut down',
  )
})
