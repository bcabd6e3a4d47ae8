/**
 * Where a character of a text stands in the YAML that it is written in: plain, in quotes, or as a block over several
 * lines. White space is where the two differ (indentation, lines that are joined), so that characters are found by
 * how many others there are before them.
 *
 * @param range of the scalar in the file
 * @param index of the character in the value; at its end, the place after its last character
 */
export function offsetWithin(
  file: string,
  range: readonly [number, number, ...number[]],
  type: string | null | undefined,
  value: string,
  index: number,
): number {
  const [start, end] = range
  const isBlock = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED'
  const isQuoted = type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE'
  let at = isBlock ? file.indexOf('\n', start) + 1 : isQuoted ? start + 1 : start
  const stop = isQuoted ? end - 1 : end
  let before = value.slice(0, index).replace(/\s/g, '').length
  const isAtEnd = value.slice(index).trim() === ''
  let last = at
  while (at < stop) {
    const width = widthAt(file, at, type)
    if (!isBlankAt(file, at, width)) {
      if (before === 0 && !isAtEnd) return at
      before--
      last = at + width
    }
    at += width
  }
  return last
}

/** How many characters of the file stand for one of the text. */
function widthAt(file: string, at: number, type: string | null | undefined): number {
  if (type === 'QUOTE_SINGLE') return file.startsWith("''", at) ? 2 : 1
  if (type !== 'QUOTE_DOUBLE' || file[at] !== '\\') return 1
  const digits = { x: 2, u: 4, U: 8 }[file[at + 1] ?? '']
  return 2 + (digits ?? 0)
}

function isBlankAt(file: string, at: number, width: number): boolean {
  return width === 1 ? /\s/.test(file[at]!) : file[at] === '\\' && /[nrt \n]/.test(file[at + 1] ?? '')
}
