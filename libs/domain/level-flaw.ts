import type { ASTNode } from '@marcbachmann/cel-js'
import { childrenOf } from './cost.ts'
import type { Flaw } from './flaw.ts'
import { meant } from './nearest.ts'

/**
 * Where a checked expression compares a tier with a text that none of its levels is named: it would hold for nobody, or
 * for everybody, and no event would tell.
 *
 * @param ladders the names of each tier's levels, by how an expression writes the tier; none where they are not known
 */
export function levelFlaws(ast: ASTNode, ladders: ReadonlyMap<string, readonly string[]>): Flaw[] {
  return [...comparedIn(ast, ladders), ...childrenOf(ast).flatMap((each) => levelFlaws(each, ladders))]
}

function comparedIn({ op, args }: ASTNode, ladders: ReadonlyMap<string, readonly string[]>): Flaw[] {
  if (op !== '==' && op !== '!=' && op !== 'in') return []
  const [left, right] = args as readonly [ASTNode, ASTNode]
  const tier = tierOf(left) ?? tierOf(right)
  const names = tier === undefined ? [] : (ladders.get(tier) ?? [])
  if (names.length === 0) return []
  return [left, right]
    .flatMap((each) => (each.op === 'list' ? each.args : each))
    .flatMap((each) => {
      const written: unknown = each.op === 'value' ? each.args : undefined
      if (typeof written !== 'string' || written === '' || names.includes(written)) return []
      const message = `customer.tiers.${tier} has no level ${written}. ${meant(written, names)}`
      return [{ offset: each.start, message }]
    })
}

/** The tier that a node is the level of, as an expression writes it. */
function tierOf({ op, args }: ASTNode): string | undefined {
  if (op !== '.') return undefined
  const [holder, field] = args
  return (holder as ASTNode & { checkedType?: { name: string } }).checkedType?.name === 'Tiers'
    ? field
    : undefined
}
