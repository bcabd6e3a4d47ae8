import { readFileSync } from 'node:fs'

/** Programs in a Markdown page: blocks whose fence names a file after the language, as in ```js publish.mjs. */
export function snippetsOf(page: string): ReadonlyMap<string, string> {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)
  return new Map([...blocks].map(([, file, code]) => [file!, code!]))
}
