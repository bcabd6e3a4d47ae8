import type { ASTNode } from '@marcbachmann/cel-js'
import type { Flaw } from './flaw.ts'
import { patternFlaw } from './pattern.ts'

/** Steps that an expression may take on one event, at most. */
const MOST_STEPS = 10_000
/** As how long a list is counted that only an event tells. */
const LIST = 100
const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/**
 * What is too costly in an expression to be worked out for every event: each of its parts counts as a step, and what is
 * asked of every element of a list as often as the list is long. Empty where it is within bounds.
 */
export function costFlaws(ast: ASTNode): readonly Flaw[] {
  const flaws: Flaw[] = []
  const steps = stepsOf(ast, flaws)
  if (steps > MOST_STEPS) {
    flaws.push({
      offset: 0,
      message: `this takes about ${steps} steps for one event, and at most ${MOST_STEPS} are allowed: look through one list only, not through one inside of another`,
    })
  }
  return flaws
}

function stepsOf(node: ASTNode, flaws: Flaw[]): number {
  if (node.op === 'rcall') {
    const [name, receiver, parameters] = node.args
    const offset = receiver.end + 1
    if (name === 'matches') {
      const message = patternFlaw(parameters[0]?.op === 'value' ? parameters[0].args : undefined)
      if (message !== undefined) flaws.push({ offset: parameters[0]?.start ?? offset, message })
    }
    if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel') {
      flaws.push({
        offset: receiver.start,
        message: 'there is no cel.bind here: write the value out where it is used',
      })
    }
    const inside = total(parameters, flaws)
    const times = LOOPS.has(name) ? lengthOf(receiver) : 1
    return 1 + stepsOf(receiver, flaws) + times * inside
  }
  return 1 + total(childrenOf(node), flaws)
}

function total(nodes: readonly ASTNode[], flaws: Flaw[]): number {
  return nodes.reduce((sum, each) => sum + stepsOf(each, flaws), 0)
}

function lengthOf(list: ASTNode): number {
  return list.op === 'list' ? list.args.length : LIST
}

/** The parts that a part of an expression is made of. */
export function childrenOf({ args }: ASTNode): readonly ASTNode[] {
  const all: readonly unknown[] = Array.isArray(args) ? args.flat(2) : [args]
  return all.filter((each): each is ASTNode => typeof each === 'object' && each !== null && 'op' in each)
}
