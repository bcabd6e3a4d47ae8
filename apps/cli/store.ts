import { LaurelError } from '#domain/error.ts'
import type { Sources } from '#domain/source.ts'
import { type KnownCustomer, lookUpCustomer } from '#pipeline/customer.ts'
import { Programs } from '#pipeline/programs.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import type { Config } from '#runtime/config.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect, type Database } from '#store/database.ts'
import { config } from './environment.ts'

/** What a command works with that reads and writes PostgreSQL by itself. */
export interface Store {
  readonly settings: Config
  readonly database: Database
  readonly programs: Programs
  readonly sources: Sources
}

/** Runs a command on PostgreSQL, and lets go of it afterwards. */
export async function withStore<T>(run: (store: Store) => Promise<T>): Promise<T> {
  const settings = config()
  const database = connect(settings.DATABASE_URL, { application: 'laurel command', connections: 2 })
  try {
    const { sources } = loadProgram(settings.PROGRAM_DIRECTORY)
    return await run({ settings, database, programs: new Programs(), sources })
  } finally {
    await database.close()
  }
}

/** Runs what needs Redis as well, and lets go of it afterwards. */
export async function withTransport(
  { settings }: Store,
  run: (transport: Transport) => Promise<void>,
): Promise<void> {
  const transport = await openTransport(settings.REDIS_URL, settings.REDIS_PREFIX)
  try {
    await run(transport)
  } finally {
    await transport.close()
  }
}

/** @throws LaurelError NOT_FOUND with what the id was read as */
export async function customerOf({ database, sources }: Store, id: string): Promise<KnownCustomer> {
  const found = await lookUpCustomer(database.sql, sources, id)
  if ('unknown' in found) throw new LaurelError('NOT_FOUND', `There is no such customer: ${found.unknown}.`)
  return found
}
