import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fetchArtifacts } from '#stack/maven.ts'

let directory: string
let lines: string[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'laurel-'))
  lines = []
})
afterEach(() => rmSync(directory, { recursive: true }))

function options(path: string) {
  const environment = { PATH: path, XDG_CACHE_HOME: join(directory, 'cache') }
  return { environment, durable: false, log: (line: string) => lines.push(line) }
}

function fakeMaven(script: string): string {
  writeFileSync(join(directory, 'mvn'), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`)
  chmodSync(join(directory, 'mvn'), 0o755)
  return directory
}

test('without Maven: what to install, which variables to set, or compose', async () => {
  const error = await fetchArtifacts(options(directory)).catch((reason) => reason)
  expect(error).toMatchObject({ code: 'DEPENDENCY_MISSING' })
  expect(error.message).toContain('`mvn` is not on the PATH')
  expect(error.message).toContain('apt-get install')
  expect(error.message).toContain('KAFKA_BOOTSTRAP_SERVERS=')
  expect(error.message).toContain('docker compose up')
})

test('when Maven fails its last lines are told, and nothing half done is kept', async () => {
  const path = fakeMaven(
    `mkdir kafka; echo '[ERROR] Unknown host: no such name -> [Help 1]'; echo '[ERROR] '; exit 1`,
  )
  const error = await fetchArtifacts(options(path)).catch((reason) => reason)
  expect(error).toMatchObject({ code: 'DEPENDENCY_MISSING' })
  expect(error.message).toContain('exit code 1')
  expect(error.message).toContain('  [ERROR] Unknown host: no such name')
  expect(error.message).toContain('settings.xml')
  expect(readdirSync(join(directory, 'cache', 'laurel'))).toEqual([])
})

test('what was fetched once is found again without Maven', async () => {
  const path = fakeMaven('mkdir kafka redis; touch kafka/kafka.jar redis/redis-server-9-linux-amd64')
  const [first, second] = await Promise.all([fetchArtifacts(options(path)), fetchArtifacts(options(path))])
  expect(existsSync(join(first, 'kafka', 'kafka.jar'))).toBe(true)
  expect(second).toBe(first)
  expect(lines).toHaveLength(1)
  expect(await fetchArtifacts(options('/nowhere'))).toBe(first)
})

test('a cache that cannot be made is refused with the variable that moves it', async () => {
  writeFileSync(join(directory, 'cache'), 'a file')
  await expect(fetchArtifacts(options(fakeMaven('exit 0')))).rejects.toThrow(
    'Set XDG_CACHE_HOME to a directory',
  )
})
