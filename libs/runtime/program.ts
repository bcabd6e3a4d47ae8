import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { parseProgram } from '#domain/program.ts'
import { parseSources, type Sources } from '#domain/source.ts'

/**
 * Reads `program.yaml` and `sources.yaml` of a program's directory.
 *
 * @returns the program as its text, since it counts from its publication on only
 * @throws LaurelError PROGRAM_INVALID with file, line and what to change for every mistake
 */
export function loadProgram(directory: string): { text: string; sources: Sources } {
  const [programFile, sourcesFile] = [join(directory, 'program.yaml'), join(directory, 'sources.yaml')]
  const text = read(programFile)
  parseProgram(programFile, text, 'unpublished')
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return { text, sources: parseSources(sourcesFile, read(sourcesFile), hostZone) }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new LaurelError('PROGRAM_INVALID', `${file} cannot be read: check PROGRAM_DIRECTORY`, error)
  }
}
