const LONGEST = 200
/** In how many ways a pattern may be gone through at one place of a text. */
const MOST_WAYS = 10_000
/** The same where that is tried at every place of a text, which may be as long as an event. */
const MOST_WAYS_ANYWHERE = 100

/**
 * Why a pattern of `matches` cannot be used; undefined where it can. What producers send must not be able to make a
 * pattern take long: the ways to match it may not grow with the length of a text, but for one repetition from its
 * beginning on.
 *
 * @param pattern undefined where it is not written out
 */
export function patternFlaw(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return 'the pattern of matches has to be written out in quotes: "^88017"'
  if (pattern.length > LONGEST)
    return `a pattern has at most ${LONGEST} characters, and this one ${pattern.length}`
  try {
    new RegExp(pattern)
  } catch (error) {
    return `this is no pattern: ${(error as Error).message.replace(/^.*: /, '')}`
  }
  if (/\(\?[=!<]|\\[1-9k]/.test(pattern))
    return 'a pattern cannot look around or back: leave (?…) and \\1 out'
  // Without what is escaped and without classes, each of which stands for one character.
  const plain = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x')
  if (/\)[*+{]/.test(plain)) {
    return 'a group in brackets cannot be repeated with * + or { }: repeat single characters or [classes]'
  }
  const endless = plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0
  if (endless > 1)
    return `at most one * or + is allowed in a pattern, and this one has ${endless}: use {1,20} for a part of known length`
  if (endless === 1 && (!plain.startsWith('^') || plain.includes('|'))) {
    return 'a pattern with * or + has to begin with ^, and have no |: use contains, or startsWith and endsWith'
  }
  const { ways, isOneOfSeveral } = waysOf(plain)
  const isAnywhere = endless > 0 || !plain.startsWith('^') || isOneOfSeveral
  return ways > (isAnywhere ? MOST_WAYS_ANYWHERE : MOST_WAYS)
    ? 'this pattern has too many parts that may be one thing or another, or shorter or longer: begin it with ^, or write lengths out'
    : undefined
}

/**
 * In how many ways a pattern without escapes and classes can be gone through, at most: those of alternatives add up,
 * those of one part and the next multiply.
 */
function waysOf(plain: string): { readonly ways: number; readonly isOneOfSeveral: boolean } {
  // Of each group that is open: the ways of its alternatives before, and those of the present one.
  const open: [before: number, present: number][] = [[0, 1]]
  for (const [part, least, most] of plain.matchAll(/\(\?:|[()|]|\{(\d+),(\d+)\}\??|[*+}]\?|\?\??/g)) {
    const group = open.at(-1)!
    if (part.startsWith('(')) open.push([0, 1])
    else if (part === '|') group.splice(0, 2, group[0] + group[1], 1)
    else if (part === ')') {
      open.pop()
      open.at(-1)![1] *= group[0] + group[1]
    } else if (least !== undefined) group[1] *= Number(most) - Number(least) + 1
    else if (part.startsWith('?')) group[1] *= 2
  }
  const [before, present] = open[0]!
  return { ways: before + present, isOneOfSeveral: before > 0 }
}
