import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseProgram } from '#domain/program.ts'
import { loadProgram } from '#runtime/program.ts'

const PROGRAM = 'program: shop\nzone: UTC\nwallets: [points]\n'
const SOURCES = 'sources: { app: {} }\n'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'laurel-program-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function load(program = PROGRAM, sources = SOURCES) {
  writeFileSync(join(directory, 'program.yaml'), program)
  writeFileSync(join(directory, 'sources.yaml'), sources)
  return loadProgram(directory)
}

const invalid = (message: string) => expect.objectContaining({ code: 'PROGRAM_INVALID', message })

test('the starter program can be loaded', () => {
  const { text, sources } = loadProgram('programs/telco')
  expect(parseProgram('program.yaml', text, 'v').name).toBe('telco')
  expect([...sources.byName.keys()]).toEqual(['in', 'crm', 'dwh', 'billing', 'app', 'kafka'])
})

test('the program is its text, to the last remark', () => {
  const text = `${PROGRAM}# a remark, with an ä\n`
  expect(load(text).text).toBe(text)
})

test('a source without a zone takes the host’s', () => {
  const host = Intl.DateTimeFormat().resolvedOptions().timeZone
  expect(load().sources.byName.get('app')?.zone.name).toBe(host)
})

describe('mistakes', () => {
  test('in program.yaml are told with file, line and column', () => {
    expect(() =>
      load('program: shop\nzone: Nowhere\nwallets: [points]\nbadges:\n  - id: B\n    kind: first\n'),
    ).toThrow(
      invalid(
        `${directory}/program.yaml:2:7 zone: expected an IANA time zone such as Asia/Dhaka, got Nowhere\n` +
          `${directory}/program.yaml:5:5 badges.B: on is missing: add on: recharge\n` +
          `${directory}/program.yaml:5:9 badges.B.id: expected an id of small letters, digits and -, such as b, got B`,
      ),
    )
  })

  test('in sources.yaml too', () => {
    expect(() => load(PROGRAM, 'topics:\n  a: b\nsources: { app: {} }\n')).toThrow(
      invalid(`${directory}/sources.yaml:2:6 topics.a: no source is named b; there are app`),
    )
  })

  test('a directory that is not there names the variable to set', () => {
    const nowhere = join(directory, 'nowhere')
    expect(() => loadProgram(nowhere)).toThrow(
      invalid(`${nowhere}/program.yaml cannot be read: check PROGRAM_DIRECTORY`),
    )
  })
})
