import { join, resolve } from 'node:path'

/** The directories of the programs that are measured: the starter program, and one with rules of every kind. */
export const PROGRAMS = {
  starter: resolve(import.meta.dirname, '../programs/telco'),
  full: join(import.meta.dirname, 'programs/full'),
} as const
export type ProgramName = keyof typeof PROGRAMS
