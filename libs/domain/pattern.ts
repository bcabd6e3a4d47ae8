const LONGEST = 200
/** In how many ways the parts of a pattern that may be shorter or longer can be, together. */
const MOST_WAYS = 10_000

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
  const ways = [...plain.matchAll(/\{(\d+),(\d+)\}|[^*+}]\?/g)].reduce(
    (product, [, least, most]) => product * (least === undefined ? 2 : Number(most) - Number(least) + 1),
    1,
  )
  return ways > MOST_WAYS
    ? 'this pattern has too many parts that may be shorter or longer: write their lengths out'
    : undefined
}
