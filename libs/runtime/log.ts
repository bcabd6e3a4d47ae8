import { type Logger, pino } from 'pino'

export type Log = Logger

/** A log of JSON lines on standard output, each with the name of its process. */
export function createLog(name: string, level: string): Log {
  return pino({ name, level, base: { name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime })
}
