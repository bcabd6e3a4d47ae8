import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { identify } from '#stack/process.ts'
import { runningStack, StackRecord } from '#stack/record.ts'

const ADDRESSES = {
  kafka: '127.0.0.1:1',
  redisUrl: 'redis://127.0.0.1:2',
  databaseUrl: 'postgres://127.0.0.1:3/laurel',
}

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'laurel-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('a directory is held by one at a time', async () => {
  const record = await StackRecord.claim(directory)
  await expect(StackRecord.claim(directory)).rejects.toMatchObject({
    code: 'ALREADY_RUNNING',
    message: expect.stringContaining(`Laurel already runs in ${directory} (process ${process.pid})`),
  })
  record.release()
  const next = await StackRecord.claim(directory)
  next.release()
  expect(readdirSync(directory)).toEqual([])
})

test('of several that claim it at once one gets it', async () => {
  const claims = await Promise.allSettled([1, 2, 3, 4].map(() => StackRecord.claim(directory)))
  expect(claims.filter((claim) => claim.status === 'fulfilled')).toHaveLength(1)
  expect(readdirSync(directory)).toEqual(['stack.json'])
})

test.each([
  [
    'whose process has ended',
    JSON.stringify({ pid: 4_000_000, born: '1', services: {}, addresses: ADDRESSES }),
  ],
  [
    'whose number is another process by now',
    JSON.stringify({ pid: process.pid, born: '1', services: {}, addresses: ADDRESSES }),
  ],
  ['that is not whole', '{"pid":'],
])('a record %s holds nothing', async (_, content) => {
  writeFileSync(join(directory, 'stack.json'), content)
  expect(runningStack(directory)).toBeNull()
  const record = await StackRecord.claim(directory)
  record.release()
})

test('the addresses are found by others once they are published, and no longer after the release', async () => {
  const record = await StackRecord.claim(directory)
  record.started('Kafka', process.pid)
  expect(runningStack(directory)).toBeNull()
  record.publish(ADDRESSES)
  expect(runningStack(directory)).toEqual({ ...ADDRESSES, pid: process.pid })
  record.release()
  expect(runningStack(directory)).toBeNull()
})

test('a directory that cannot be made is refused with whose it must be', async () => {
  writeFileSync(join(directory, 'file'), '')
  await expect(StackRecord.claim(join(directory, 'file', 'data'))).rejects.toThrow(
    'It must belong to the user who starts Laurel.',
  )
})

test('a service that a killed process has left is waited for', async () => {
  const orphan = spawn('/bin/sh', ['-c', 'read -r _'])
  const services = { Kafka: identify(orphan.pid ?? 0) }
  expect(services.Kafka).not.toBeNull()
  writeFileSync(join(directory, 'stack.json'), JSON.stringify({ pid: 4_000_000, born: '1', services }))
  let claimed = false
  const claim = StackRecord.claim(directory).then((record) => {
    claimed = true
    return record
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(claimed).toBe(false)
  orphan.stdin.end()
  const record = await claim
  expect(orphan.exitCode ?? orphan.signalCode).not.toBeNull()
  record.release()
})
