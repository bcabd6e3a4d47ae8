import { appliedTo } from '#domain/customer.ts'
import type { Program } from '#domain/program.ts'
import type { Subject } from '#domain/subject.ts'
import type { Sql } from '#store/database.ts'
import { byCustomer } from '#store/events.ts'
import { subjectsByNumber, subjectsOf } from '#store/subjects.ts'

/**
 * A program as it applies to each of these customers. Nothing is read for programs that do not look at who somebody
 * is, which are nearly all.
 */
export async function programsOf(
  sql: Sql,
  program: Program,
  customers: readonly number[],
): Promise<(customer: number) => Program> {
  if (!program.looksAtCustomer || customers.length === 0) return () => program
  const subjects = byCustomer(await subjectsOf(sql, customers))
  // A customer whose subjects were joined to another one meanwhile goes on by its own until the stages come to that.
  const moved = customers.filter((customer) => !subjects.has(customer))
  const own = moved.length === 0 ? new Map<number, Subject>() : await subjectsByNumber(sql, moved)
  const applied = new Map(
    customers.map((customer) => {
      const all = subjects.get(customer) ?? [own.get(customer)!]
      return [customer, appliedTo(program, all)]
    }),
  )
  return (customer) => applied.get(customer)!
}
