import { z } from 'zod'
import { programSchema } from './definition.ts'

/** The JSON Schema of program.yaml, for editors: made from what programs are read with. */
export function programJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(programSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // Every whole number would have the bounds of what a double holds.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      // Shown by an editor as if it stood in the file.
      delete jsonSchema.default
    },
  })
  return { $schema, title: 'A program of Laurel', ...schema }
}
