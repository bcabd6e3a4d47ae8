import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findJava, majorVersion } from '#stack/java.ts'

test.each([
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
  ['openjdk version "21" 2023-09-19 LTS', 21],
  ['java version "1.8.0_432"', 8],
  ['Picked up JAVA_TOOL_OPTIONS: -Dx=y\nopenjdk version "25-ea" 2025-09-16', 25],
  ['The operation couldn’t be completed. Unable to locate a Java Runtime.', null],
])('the version in %j is %j', (output, version) => {
  expect(majorVersion(output)).toBe(version)
})

describe('findJava', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'laurel-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  function fakeJava(path: string, output: string): string {
    const file = join(directory, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `#!/bin/sh\necho '${output}' >&2\n`)
    chmodSync(file, 0o755)
    return file
  }

  test('without Java: what to install, which variables to set, or compose', async () => {
    const error = await findJava({ PATH: directory }).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'DEPENDENCY_MISSING' })
    for (const part of [
      'Kafka needs Java 17 or newer, and none was found',
      'apt-get install',
      'brew install',
      'KAFKA_BOOTSTRAP_SERVERS=',
      'REDIS_URL=',
      'DATABASE_URL=',
      'docker compose up',
    ]) {
      expect(error.message).toContain(part)
    }
  })

  test('one that is too old is named', async () => {
    const old = fakeJava('java', 'openjdk version "11.0.2"')
    await expect(findJava({ PATH: directory })).rejects.toThrow(`and ${old} is Java 11.\n`)
  })

  test('JAVA_HOME goes before the PATH, unless it is too old', async () => {
    const onPath = fakeJava('path/java', 'openjdk version "21.0.1"')
    const home = fakeJava('home/bin/java', 'openjdk version "17.0.1"')
    const environment = { PATH: join(directory, 'path'), JAVA_HOME: join(directory, 'home') }
    expect(await findJava(environment)).toBe(home)
    fakeJava('home/bin/java', 'java version "1.8.0_432"')
    expect(await findJava(environment)).toBe(onPath)
  })
})
