import { type Database, isConnectionLost, type Transaction } from './database.ts'

/**
 * Runs statements in one transaction: committed when `run` resolves, rolled back when it rejects.
 *
 * @throws what `run` throws, or what PostgreSQL says of a connection that was lost
 */
export function inTransaction<T>({ sql }: Database, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return sql.begin(unlessLost(run)) as Promise<T>
}

/** Reads in one snapshot: all statements see the same moment, and hold nobody up. */
export function inSnapshot<T>({ sql }: Database, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return sql.begin('isolation level repeatable read read only', unlessLost(run)) as Promise<T>
}

/** Runs statements that can be undone without the rest of their transaction. */
export function inSavepoint<T>(sql: Transaction, run: (sql: Transaction) => Promise<T>): Promise<T> {
  return sql.savepoint(unlessLost(run)) as Promise<T>
}

/**
 * On a rejection the driver sends a rollback, also to a connection that is gone, and that ends the process
 * (porsager/postgres#1154) or reaches whoever uses the connection next. There is nothing to roll back then:
 * so this never settles, and `begin` rejects by itself, as it does whenever its connection closes.
 */
function unlessLost<T>(run: (sql: Transaction) => Promise<T>): (sql: Transaction) => Promise<T> {
  return async (sql) => {
    try {
      return await run(sql)
    } catch (error) {
      if (isConnectionLost(error)) return new Promise<never>(() => {})
      throw error
    }
  }
}
