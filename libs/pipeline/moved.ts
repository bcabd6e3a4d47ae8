/** A customer was joined to another one between being found and being locked. Look again: it is another number. */
export class Moved extends Error {
  constructor(customer: number) {
    super(`customer ${customer} was joined to another one meanwhile`)
  }
}

const ATTEMPTS = 5

/** Runs a transaction again whose customers were joined to others while it began. */
export async function whileMoving<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof Moved) || attempt === ATTEMPTS) throw error
    }
  }
}
