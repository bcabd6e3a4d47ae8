import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

test('a command ends without a word where its reader has read enough, as head does', async () => {
  // More than a pipe holds, so that it is still writing.
  const command = ['sample', '--customers', '2000', '--days', '30']
  const child = spawn(process.execPath, [resolve('apps/cli/laurel.js'), ...command])
  child.stdout.once('data', () => child.stdout.destroy())
  const [said, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect([status, said]).toEqual([0, ''])
}, 60_000)
