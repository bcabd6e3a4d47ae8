import { z } from 'zod'
import { OPERATIONS, type Operation } from './operation.ts'
import { PROBLEMS } from './problem.ts'
import { problem } from './schema.ts'

/** The API as an OpenAPI 3.1 document. */
export function openApi(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Laurel',
      version: '1',
      description:
        "Behaviour scores, missions, badges, points and leaderboards from a telecom operator's events.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problem) },
      securitySchemes: {
        source: { type: 'http', scheme: 'bearer', description: "A source's token, of WEBHOOK_TOKENS." },
        read: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token for reading, where READ_TOKEN is set.',
        },
      },
    },
  }
}

function describe(operation: Operation): object {
  const { method, summary, description, token, answer, problems } = operation
  return {
    summary,
    ...(description.length > 0 && { description: description.join('\n\n') }),
    // An empty requirement beside the other: without READ_TOKEN, reading asks for no token.
    security: token === 'none' ? [] : token === 'source' ? [{ source: [] }] : [{ read: [] }, {}],
    parameters: parametersOf(operation),
    ...(method === 'post' && { requestBody }),
    responses: {
      ...(answer
        ? { [answer.status]: { description: 'done', content: json(schemaOf(answer.schema)) } }
        : { 200: { description: 'done' } }),
      ...problemResponses(problems),
    },
  }
}

const event = {
  type: 'object',
  description: 'Any other fields are kept. A source may keep these at places of its own (sources.yaml).',
  required: ['customer_id', 'event_type', 'timestamp'],
  properties: {
    customer_id: { type: 'string', description: 'a UUID, a phone number, or another id' },
    event_type: { type: 'string', examples: ['recharge'] },
    timestamp: { type: 'string', description: 'ISO 8601; without a zone it is in the zone of the source' },
    value: { type: ['number', 'string'], description: 'read from the digits as they are written' },
    amount: { type: ['number', 'string'], description: 'another name for value' },
    event_id: { type: ['string', 'integer'], description: 'unique within the source' },
    source: { type: 'string', description: 'the source that the token belongs to; may be left out' },
    metadata: { type: 'object' },
  },
}

const requestBody = {
  required: true,
  content: {
    'application/json': { schema: { oneOf: [event, { type: 'array', items: event, minItems: 1 }] } },
    'application/x-ndjson': { schema: { type: 'string', description: 'one JSON object a line' } },
  },
}

function parametersOf({ method, pathParameters = {}, query }: Operation): object[] {
  const inPath = Object.entries(pathParameters).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, type]) => {
    const { description, ...schema } = schemaOf(type as z.ZodType)
    return { name, in: 'query', required: false, description, schema }
  })
  const inHeader = {
    name: 'webhook-id',
    in: 'header',
    required: false,
    description: 'names this request; a resend repeats it, and so counts once',
    schema: { type: 'string', maxLength: 256 },
  }
  return [...inPath, ...inQuery, ...(method === 'post' ? [inHeader] : [])]
}

function problemResponses(kinds: Operation['problems']): Record<string, object> {
  const byStatus = new Map<number, string[]>()
  for (const kind of kinds) {
    const { status, title, meaning } = PROBLEMS[kind]
    byStatus.set(status, [...(byStatus.get(status) ?? []), `${title}. ${meaning}`])
  }
  const schema = { $ref: '#/components/schemas/Problem' }
  return Object.fromEntries(
    [...byStatus].map(([status, descriptions]) => [
      status,
      { description: descriptions.join(' '), content: { 'application/problem+json': { schema } } },
    ]),
  )
}

function json(schema: object): object {
  return { 'application/json': { schema } }
}

function schemaOf(type: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { target: 'draft-2020-12' })
  return schema
}
