// Loaded before everything else (NODE_OPTIONS=--import=…): the clock of this process is CLOCK_SHIFT ms off. JavaScript,
// since Node loads it before tsx.
const shift = Number(process.env.CLOCK_SHIFT)
const Real = Date

globalThis.Date = new Proxy(Real, {
  construct: (target, args, self) =>
    Reflect.construct(target, args.length > 0 ? args : [Real.now() + shift], self),
  get: (target, name) => (name === 'now' ? () => Real.now() + shift : Reflect.get(target, name)),
})
