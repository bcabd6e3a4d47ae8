import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { parseSources, type Sources } from '#domain/source.ts'

/**
 * Reads `program.yaml` and `sources.yaml` of a program's directory.
 *
 * @throws LaurelError PROGRAM_INVALID with file, line and what to change for every mistake
 */
export function loadProgram(directory: string): { program: Program; sources: Sources } {
  const [programFile, sourcesFile] = [join(directory, 'program.yaml'), join(directory, 'sources.yaml')]
  const text = read(programFile)
  const version = createHash('sha256').update(text).digest('hex').slice(0, 8)
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return {
    program: parseProgram(programFile, text, version),
    sources: parseSources(sourcesFile, read(sourcesFile), hostZone),
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new LaurelError('PROGRAM_INVALID', `${file} cannot be read: check PROGRAM_DIRECTORY`, error)
  }
}
