import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identify, isAlive, processTable, sendSignal } from '#stack/process.ts'

test('this process is in the table, with its parent', () => {
  expect(processTable()).toContainEqual(expect.objectContaining({ pid: process.pid, parent: process.ppid }))
})

test('a process is known by its number and by when it began', () => {
  const self = identify(process.pid)
  expect(self && isAlive(self)).toBe(true)
  expect(isAlive({ pid: process.pid, born: 'another time' })).toBe(false)
})

test('a process that has ended is not alive, is not identified and takes no signal', async () => {
  const child = spawn('/bin/sh', ['-c', 'read -r _'])
  const pid = child.pid ?? 0
  const identity = identify(pid)
  expect(identity && isAlive(identity)).toBe(true)
  child.stdin.end()
  await once(child, 'exit')
  expect(identity && isAlive(identity)).toBe(false)
  expect(identify(pid)).toBeNull()
  expect(() => sendSignal(pid, 'SIGTERM')).not.toThrow()
})
