import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { programJsonSchema } from '#domain/program-schema.ts'

const FILE = join(import.meta.dirname, '../../../programs/program.schema.json')

test('the JSON Schema for editors is that of the program', () => {
  expect(
    JSON.parse(readFileSync(FILE, 'utf8')),
    'renew it: npx laurel program schema > programs/program.schema.json',
  ).toEqual(programJsonSchema())
})

test('tells in an editor what each section is for, and gives examples', () => {
  const { properties } = programJsonSchema() as { properties: Record<string, { description?: string }> }
  for (const [name, { description }] of Object.entries(properties)) expect(description, name).toBeTruthy()
})
