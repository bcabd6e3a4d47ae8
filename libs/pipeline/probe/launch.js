// As the command does: a fork has no loader for TypeScript by itself.
import { register } from 'tsx/esm/api'

register()
await import('./child.ts')
