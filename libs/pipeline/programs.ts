import { LaurelError } from '#domain/error.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import type { Sql } from '#store/database.ts'
import { latestVersion, publishedProgram } from '#store/programs.ts'

/** Published programs, each compiled once in this process. */
export class Programs {
  readonly #compiled = new Map<number, Program>()

  /**
   * The program in force. Asked inside of the transaction that applies it: a version that is published
   * meanwhile waits for that transaction's end, so that no process needs to be started again.
   *
   * @throws LaurelError PROGRAM_UNPUBLISHED where there is none
   */
  async of(sql: Sql): Promise<Program> {
    const version = await latestVersion(sql)
    if (version === undefined) {
      throw new LaurelError(
        'PROGRAM_UNPUBLISHED',
        'No program is published: run `npx laurel program publish` with the directory of one',
      )
    }
    return this.version(sql, version)
  }

  /** @throws LaurelError NOT_FOUND where no such version was published */
  async version(sql: Sql, version: number): Promise<Program> {
    const known = this.#compiled.get(version)
    if (known) return known
    const published = await publishedProgram(sql, version)
    if (!published) {
      throw new LaurelError('NOT_FOUND', `There is no version ${version}: npx laurel program list shows all.`)
    }
    const program = parseProgram(`version ${version}`, published.text, String(version))
    this.#compiled.set(version, program)
    return program
  }
}
