/** Keys that belong together, by what was said of pairs of them. The smallest of each group stands for it. */
export class Unions {
  readonly #parents = new Map<string, string>()

  /** The key that stands for this one's group; itself where nothing was said of it. */
  find(key: string): string {
    let root = key
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root))
      root = parent
    // So that long chains are walked once.
    for (let each = key; each !== root; ) {
      const parent = this.#parents.get(each)!
      this.#parents.set(each, root)
      each = parent
    }
    return root
  }

  unite(one: string, other: string): void {
    const [a, b] = [this.find(one), this.find(other)]
    if (a < b) this.#parents.set(b, a)
    else if (b < a) this.#parents.set(a, b)
  }

  /** Every key that another one stands for. */
  keys(): Iterable<string> {
    return this.#parents.keys()
  }
}
