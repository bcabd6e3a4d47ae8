// Preloaded by NODE_OPTIONS into a process: reading an event of 1999, or working out floor(1999.5), ends it at once, and
// floor(1998.5) never ends, as defects of the engine would.
const { UTC } = Date
const { floor } = Math
const end = () => process.kill(process.pid, 'SIGKILL')
Date.UTC = (...parts) => (parts[0] === 1999 ? end() : UTC(...parts))
Math.floor = (value) => {
  if (value === 1999.5) end()
  while (value === 1998.5);
  return floor(value)
}
