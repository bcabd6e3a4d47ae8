import { LaurelError } from '#domain/error.ts'
import { type Database, isConnectionLost, type Transaction } from './database.ts'

/**
 * Runs statements in one transaction: committed when `run` resolves, rolled back when it rejects or when the
 * database's signal is aborted. What becomes of a commit that was on its way at that moment is not known.
 *
 * @throws what `run` throws, the signal's reason, or what PostgreSQL says of a connection that was lost
 */
export function inTransaction<T>(database: Database, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return begin(database, (life) => database.sql.begin(guarded(run, life)) as Promise<T>)
}

/** Reads in one snapshot: all statements see the same moment, and hold nobody up. */
export function inSnapshot<T>(database: Database, run: (sql: Transaction) => Promise<T>): Promise<T> {
  const mode = 'isolation level repeatable read read only'
  return begin(database, (life) => database.sql.begin(mode, guarded(run, life)) as Promise<T>)
}

/** Runs statements that can be undone without the rest of their transaction. */
export function inSavepoint<T>(sql: Transaction, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return sql.savepoint(run) as Promise<T>
}

/** How a transaction stands. */
interface Life {
  /** Its connection is gone, or another's. */
  isLost: boolean
  readonly signal: AbortSignal | undefined
}

/**
 * The driver hands the connection of a transaction to others as soon as it has opened it again, but goes on
 * sending the transaction's statements there (porsager/postgres#1154): outside of any transaction, or within
 * another one, or to a socket that is not there, which ends the process. So, once a transaction is over, nothing
 * more may be sent in its name.
 */
function begin<T>({ signal }: Database, run: (life: Life) => Promise<T>): Promise<T> {
  const life: Life = { isLost: false, signal }
  // `begin` rejects as its connection closes, before anything else can use it.
  const begun = run(life).finally(() => {
    life.isLost = true
  })
  return unlessAborted(begun, signal)
}

/**
 * Where the connection is gone there is nothing to commit or to roll back, but the driver would send it: so this
 * never settles then. `begin` rejects by itself.
 */
function guarded<T>(run: (sql: Transaction) => Promise<T>, life: Life): (sql: Transaction) => Promise<T> {
  return async (sql) => {
    try {
      const result = await unlessAborted(run(guard(sql, life)), life.signal)
      return life.isLost ? await forever() : result
    } catch (error) {
      if (life.isLost || isConnectionLost(error)) return forever()
      throw error
    }
  }
}

function forever(): Promise<never> {
  return new Promise<never>(() => {})
}

function guard(sql: Transaction, life: Life): Transaction {
  return new Proxy(sql, {
    apply: (target, self, args) => {
      assertGoing(life)
      return Reflect.apply(target, self, args)
    },
    get: (target, name) => {
      if (name !== 'savepoint') return Reflect.get(target, name)
      return (run: (inner: Transaction) => Promise<unknown>) => {
        assertGoing(life)
        return target.savepoint(guarded(run, life))
      }
    },
  })
}

function assertGoing({ isLost, signal }: Life): void {
  signal?.throwIfAborted()
  if (isLost) throw new LaurelError('POSTGRES_UNAVAILABLE', 'the transaction is over: its connection is gone')
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
