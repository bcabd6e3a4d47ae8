import { LaurelError } from '#domain/error.ts'
import { type Database, isConnectionLost, type Transaction } from './database.ts'

/**
 * Runs statements in one transaction: committed when `run` resolves, rolled back when it rejects.
 *
 * @throws what `run` throws, or what PostgreSQL says of a connection that was lost
 */
export function inTransaction<T>({ sql }: Database, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return onConnection((connection) => sql.begin(guarded(run, connection)) as Promise<T>)
}

/** Reads in one snapshot: all statements see the same moment, and hold nobody up. */
export function inSnapshot<T>({ sql }: Database, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return onConnection(
    (connection) =>
      sql.begin('isolation level repeatable read read only', guarded(run, connection)) as Promise<T>,
  )
}

/** Runs statements that can be undone without the rest of their transaction. */
export function inSavepoint<T>(sql: Transaction, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return sql.savepoint(run) as Promise<T>
}

interface Connection {
  isLost: boolean
}

/**
 * The driver hands the connection of a transaction to others as soon as it has opened it again, but goes on
 * sending the transaction's statements there (porsager/postgres#1154): outside of any transaction, or within
 * another one, or to a socket that is not there, which ends the process. So, once a transaction is over, nothing
 * more may be sent in its name.
 */
async function onConnection<T>(run: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = { isLost: false }
  try {
    return await run(connection)
  } finally {
    // `begin` rejects as its connection closes, before anything else can use it.
    connection.isLost = true
  }
}

/**
 * Where the connection is gone there is nothing to commit or to roll back, but the driver would send it: so this
 * never settles then. `begin` rejects by itself.
 */
function guarded<T>(
  run: (sql: Transaction) => Promise<T>,
  connection: Connection,
): (sql: Transaction) => Promise<T> {
  return async (sql) => {
    try {
      const result = await run(guard(sql, connection))
      return connection.isLost ? await forever() : result
    } catch (error) {
      if (connection.isLost || isConnectionLost(error)) return forever()
      throw error
    }
  }
}

function forever(): Promise<never> {
  return new Promise<never>(() => {})
}

/** A statement of a transaction that is over is never answered: whoever began it has been told why. */
function guard(sql: Transaction, connection: Connection): Transaction {
  return new Proxy(sql, {
    apply: (target, self, args) => {
      if (connection.isLost) throw over()
      return Reflect.apply(target, self, args)
    },
    get: (target, name) => {
      if (name !== 'savepoint') return Reflect.get(target, name)
      return (run: (inner: Transaction) => Promise<unknown>) => {
        if (connection.isLost) throw over()
        return target.savepoint(guarded(run, connection))
      }
    },
  })
}

function over(): LaurelError {
  return new LaurelError('POSTGRES_UNAVAILABLE', 'the transaction is over: its connection is gone')
}
