import { availableParallelism, cpus, totalmem } from 'node:os'
import type { Database } from '#store/database.ts'

/** Where and when a bench has run: its numbers mean nothing without. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGiB: number
  readonly node: string
  /** Null where none took part. */
  readonly postgres: string | null
  /** The day, in UTC. */
  readonly date: string
}

/** @param postgres the server's version, where one takes part */
export function machine(postgres: string | null = null): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || 'unknown processor',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    postgres,
    date: new Date().toISOString().slice(0, 10),
  }
}

/** The same, where the server is at hand. */
export async function machineWith(database: Database): Promise<Machine> {
  return machine(await versionOf(database))
}

/** The version of a PostgreSQL, such as 18.4. */
export async function versionOf({ sql }: Database): Promise<string> {
  const [{ version }] = await sql<[{ version: string }]>`select current_setting('server_version') as version`
  return version.split(' ')[0]!
}

/** The machine in one line. */
export function machineLine({ cores, processor, memoryGiB, node, postgres, date }: Machine): string {
  const server = postgres === null ? '' : ` PostgreSQL ${postgres},`
  return `${cores} cores (${processor}), ${memoryGiB} GiB, Node ${node},${server} ${date}`
}
