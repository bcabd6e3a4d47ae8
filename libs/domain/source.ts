import { z } from 'zod'
import { Document } from './document.ts'
import { isWalletEvent } from './event.ts'
import { Zone } from './zone.ts'

const FIELDS = ['customer_id', 'event_type', 'timestamp', 'value', 'event_id', 'reverses'] as const
/** A field of the event that a source may keep at a place of its own. */
export type Field = (typeof FIELDS)[number]

const zone = z.string().refine(exists, { error: 'expected an IANA time zone such as Asia/Dhaka' })
const country = z.string().regex(/^[A-Z]{2}$/, 'expected a country as two capital letters, such as BD')
const name = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'expected a name of small letters, digits, - and _')
const path = z.string().regex(/^[^.]+(\.[^.]+)*$/, 'expected a path such as payload.msisdn')

const sourceSchema = z.strictObject({
  country: country.optional(),
  zone: zone.optional(),
  enabled: z.boolean().default(true),
  identity: z.enum(['auto', 'content']).default('auto'),
  types: z
    .record(
      z.string(),
      z.string().refine((type) => !isWalletEvent(type), {
        error: 'types that begin with laurel. are written by Laurel itself',
      }),
    )
    .default({}),
  fields: z.partialRecord(z.enum(FIELDS), path).default({}),
  links: z.array(path).max(16).default([]),
})

const sourcesSchema = z.strictObject({
  country: country.optional(),
  zone: zone.optional(),
  topics: z.record(z.string(), name).default({}),
  sources: z.record(name, sourceSchema),
})

/** How one producing system writes its events. */
export interface Source {
  readonly name: string
  readonly enabled: boolean
  /** ISO 3166; undefined where phone numbers must carry their country code. */
  readonly country: string | undefined
  /** Where a timestamp without a zone is read. */
  readonly zone: Zone
  readonly identity: 'auto' | 'content'
  readonly types: ReadonlyMap<string, string>
  readonly fields: ReadonlyMap<Field, readonly string[]>
  /** Where other ids of the same customer stand: they are linked to `customer_id`. */
  readonly links: readonly (readonly string[])[]
}

export interface Sources {
  /** The sources.yaml that they were read from. */
  readonly text: string
  readonly byName: ReadonlyMap<string, Source>
  /** The source of an event that names none, by Kafka topic. */
  readonly byTopic: ReadonlyMap<string, string>
}

/** Where a field stands unless its source says otherwise. */
const USUAL_PATHS: Readonly<Record<Field, readonly string[]>> = {
  customer_id: ['customer_id'],
  event_type: ['event_type'],
  timestamp: ['timestamp'],
  value: ['value'],
  event_id: ['event_id'],
  reverses: ['reverses'],
}

/** Where a source's events have a field. */
export function fieldPath(source: Source, name: Field): readonly string[] {
  return source.fields.get(name) ?? USUAL_PATHS[name]
}

/**
 * Reads sources.yaml.
 *
 * @param hostZone IANA zone of a source that names none
 * @throws LaurelError PROGRAM_INVALID with file, line and what to change for every mistake
 */
export function parseSources(file: string, text: string, hostZone: string): Sources {
  const document = Document.whole(file, text, sourcesSchema)
  const { content } = document
  const zones = new Map<string, Zone>()
  const byName = new Map<string, Source>()
  for (const [sourceName, source] of Object.entries(content.sources)) {
    const zoneName = source.zone ?? content.zone ?? hostZone
    const shared = zones.get(zoneName) ?? new Zone(zoneName)
    zones.set(zoneName, shared)
    byName.set(sourceName, {
      name: sourceName,
      enabled: source.enabled,
      country: source.country ?? content.country,
      zone: shared,
      identity: source.identity,
      types: new Map(Object.entries(source.types)),
      fields: new Map(
        FIELDS.flatMap((field) => (source.fields[field] ? [[field, source.fields[field].split('.')]] : [])),
      ),
      links: source.links.map((link) => link.split('.')),
    })
  }
  const unknown = Object.entries(content.topics).filter(([, sourceName]) => !byName.has(sourceName))
  if (unknown.length > 0) {
    const names = [...byName.keys()].join(', ')
    document.refuse(
      unknown.map(([topic, sourceName]) =>
        document.mistake(['topics', topic], `no source is named ${sourceName}; there are ${names}`),
      ),
    )
  }
  return { text, byName, byTopic: new Map(Object.entries(content.topics)) }
}

function exists(zoneName: string): boolean {
  try {
    new Zone(zoneName)
    return true
  } catch {
    return false
  }
}
