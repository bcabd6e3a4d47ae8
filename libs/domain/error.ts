/**
 * Every error Laurel raises by itself, and whether doing the same again can help. What one event can be
 * refused for is in `failure.ts`; these are the faults of a process, a configuration or a request.
 */
const ERRORS = {
  CONFIGURATION_INVALID: { retryable: false },
  PROGRAM_INVALID: { retryable: false },
  PROGRAM_UNPUBLISHED: { retryable: false },
  SPEND_REFUSED: { retryable: false },
  STACK_UNAVAILABLE: { retryable: false },
  PORT_TAKEN: { retryable: false },
  ALREADY_RUNNING: { retryable: false },
  DEPENDENCY_MISSING: { retryable: false },
  KAFKA_UNAVAILABLE: { retryable: true },
  REDIS_UNAVAILABLE: { retryable: true },
  REDIS_EVICTS: { retryable: false },
  POSTGRES_UNAVAILABLE: { retryable: true },
  STORE_OUTDATED: { retryable: false },
  DEADLINE_EXCEEDED: { retryable: true },
  ARGUMENT_INVALID: { retryable: false },
  NOT_FOUND: { retryable: false },
  API_UNAVAILABLE: { retryable: true },
} as const satisfies Record<string, { readonly retryable: boolean }>

export type ErrorCode = keyof typeof ERRORS

/** An error whose message says what to change, with a code that stays the same between releases. */
export class LaurelError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'LaurelError'
    this.code = code
    this.retryable = ERRORS[code].retryable
  }
}
