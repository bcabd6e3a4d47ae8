import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** What a bench has found. */
export interface Report {
  /** The bench's name on the command line, and in the markers of its section. */
  readonly name: string
  /** The heading of its section where there is none yet. */
  readonly title: string
  /** What stands between the markers. */
  readonly markdown: string
  /** Everything measured, for programs. */
  readonly data: Readonly<Record<string, unknown>>
  /** What was wrong with the results: a fast wrong answer is none. */
  readonly faults: readonly string[]
}

const PAGE = '# Performance\n'

/** Puts a report into a page, between `<!-- bench:name -->` and `<!-- /bench:name -->`; both are made if need be. */
export function writeSection(path: string, { name, title, markdown }: Report): void {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const page = existsSync(path) ? readFileSync(path, 'utf8') : PAGE
  const section = `${begin}\n\n${markdown}\n\n${end}`
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from >= 0 && to < from) throw new Error(`${path} has ${begin} without ${end} behind it`)
  writeFileSync(
    path,
    from < 0
      ? `${page.trimEnd()}\n\n## ${title}\n\n${section}\n`
      : page.slice(0, from) + section + page.slice(to + end.length),
  )
}
