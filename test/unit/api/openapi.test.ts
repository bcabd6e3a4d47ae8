import { expect, test } from 'vitest'
import { openApi } from '../../../apps/api/openapi.ts'
import { OPERATIONS } from '../../../apps/api/operation.ts'
import { PROBLEMS } from '../../../apps/api/problem.ts'

interface OpenApiOperation {
  readonly parameters: readonly {
    name: string
    in: string
    required: boolean
    description?: string
    schema: object
  }[]
  readonly security: readonly object[]
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> }
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: object }> }>>
}

// biome-ignore lint/suspicious/noExplicitAny: parsed from JSON
const document: any = JSON.parse(JSON.stringify(openApi()))
const operations = OPERATIONS.map(({ method, path }) => [method, path] as const)
const operationAt = (method: string, path: string): OpenApiOperation => document.paths[path][method]

test('has no reference to what is not there', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!)
  expect(references.length).toBeGreaterThan(0)
  for (const path of references) {
    // biome-ignore lint/suspicious/noExplicitAny: parsed from JSON
    expect(path.split('/').reduce((node: any, step) => node?.[step], document)).toBeDefined()
  }
})

test.each(operations)('%s %s has every parameter of its path, and an answer', (method, path) => {
  const { parameters, responses } = operationAt(method, path)
  expect(parameters.every(({ description }) => description)).toBe(true)
  const inPath = parameters.filter((each) => each.in === 'path').map(({ name }) => `{${name}}`)
  expect(inPath).toEqual(path.match(/\{\w+\}/g) ?? [])
  expect(parameters.filter((each) => each.in === 'path').every(({ required }) => required)).toBe(true)
  expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true)
})

test('tells the limits of query parameters', () => {
  const { parameters } = operationAt('get', '/v1/leaderboards/{id}')
  expect(parameters.find(({ name }) => name === 'limit')).toMatchObject({
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
  })
})

test('tells what events can be sent as, and with whose token', () => {
  const { requestBody, security, responses } = operationAt('post', '/v1/events')
  expect(Object.keys(requestBody?.content ?? {})).toEqual(['application/json', 'application/x-ndjson'])
  expect(security).toEqual([{ source: [] }])
  expect(Object.keys(responses)).toEqual(['202', '400', '401', '413', '415', '503'])
  expect(responses[503]?.content?.['application/problem+json']).toBeDefined()
})

test('names only problems that there are', () => {
  const statuses = new Set(Object.values(PROBLEMS).map(({ status }) => String(status)))
  for (const [method, path] of operations) {
    const answers = Object.keys(operationAt(method, path).responses)
    for (const status of answers.filter((each) => each >= '400')) expect(statuses).toContain(status)
  }
})
