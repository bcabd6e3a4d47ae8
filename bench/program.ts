import { join, resolve } from 'node:path'

/**
 * The directories of the programs that are measured: the starter program; the same in full, with an entry of every list
 * and kind; and one in which nearly every event earns something.
 */
export const PROGRAMS = {
  starter: resolve(import.meta.dirname, '../programs/telco'),
  full: join(import.meta.dirname, 'programs/full'),
  dense: join(import.meta.dirname, 'programs/dense'),
} as const
export type ProgramName = keyof typeof PROGRAMS
