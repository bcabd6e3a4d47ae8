import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import type { Addresses } from '#stack/record.ts'
import { resetStack, startStack } from '#stack/stack.ts'

declare module 'vitest' {
  interface ProvidedContext extends Addresses {
    /** What the names of this run's databases begin with. */
    databasePrefix: string
  }
}

/** Vitest's global set-up: one stack for all tests of a run, on ports of its own and with data of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'laurel-stack-'))
  // As root, PostgreSQL runs as another user, who has to reach its data.
  chmodSync(directory, 0o755)
  const stack = await startStack({
    directory,
    kafkaPort: 0,
    redisPort: 0,
    postgresPort: 0,
    durable: false,
    environment: process.env,
    log: (line) => console.log(line),
    onDeath: (_, reason) => console.error(reason),
  })
  const databasePrefix = `laurel_test_${randomUUID().slice(0, 8)}_`
  project.provide('databasePrefix', databasePrefix)
  project.provide('kafka', stack.addresses.kafka)
  project.provide('redisUrl', stack.addresses.redisUrl)
  project.provide('databaseUrl', stack.addresses.databaseUrl)
  return async () => {
    if (!stack.postgres.embedded) await dropDatabases(stack.addresses.databaseUrl, databasePrefix)
    await stack.stop()
    await resetStack(directory)
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * The URL of a new database, for one test file alone; it goes with the stack.
 *
 * @param template the URL of a database that it begins as a copy of, and that nobody is connected to
 */
export async function createDatabase(template?: string): Promise<string> {
  const url = new URL(inject('databaseUrl'))
  const name = `${inject('databasePrefix')}${randomUUID().slice(0, 8)}`
  const sql = postgres(url.href, { max: 1, onnotice: () => {} })
  try {
    const source = template ? sql`template ${sql(new URL(template).pathname.slice(1))}` : sql``
    await sql`create database ${sql(name)} ${source}`
  } finally {
    await sql.end()
  }
  url.pathname = `/${name}`
  return url.href
}

// A server that was there before the tests is left without their databases.
async function dropDatabases(databaseUrl: string, prefix: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} })
  try {
    const rows = await sql<{ datname: string }[]>`
      select datname from pg_database where starts_with(datname, ${prefix})`
    for (const { datname } of rows) await sql`drop database if exists ${sql(datname)} with (force)`
  } finally {
    await sql.end()
  }
}
