import type { LogEntry, logCreator } from 'kafkajs'
import kafkajs from 'kafkajs'

/** Where libs/stream tells what happens; pino's loggers fit. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What kafkajs reports as an error although it is how members of a group find each other. */
const grouping = [
  /group coordinator is not available/i,
  /coordinator is loading/i,
  /rebalanc/i,
  /not aware of this member/i,
  /specified group generation id is not valid/i,
]

/** What is told elsewhere: it ends the consumer's cycle, which is logged there, or is thrown to the caller. */
const toldElsewhere = [/^(Response|Crash:|Connection) /, /^Failed to connect to /]

/** Whether an error's message tells of nothing but a group that is finding its members. */
export function isGrouping(message: string): boolean {
  return grouping.some((pattern) => pattern.test(message))
}

/**
 * Passes kafkajs's log lines to `log`, a level lower: its info is for debugging, and an error it tries again
 * is a warning.
 */
export function kafkaLog(log: Log): logCreator {
  const { ERROR, WARN } = kafkajs.logLevel
  return () =>
    ({ namespace, level, log: entry }: LogEntry) => {
      const { timestamp: _, logger: __, message, ...fields } = entry
      const about = { kafkajs: namespace, ...fields }
      const bad = level === ERROR || level === WARN
      const known = isGrouping(`${message} ${fields.error ?? ''}`)
      if (bad && !known && !toldElsewhere.some((pattern) => pattern.test(message))) log.warn(about, message)
      else log.debug(about, message)
    }
}
