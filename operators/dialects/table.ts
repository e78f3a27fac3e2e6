// The table of dialects, by the name a peer's row gives.

import type { Dialect } from '../ports.ts'
import { roseu } from './roseu/index.ts'

/** Every dialect the hub speaks. A new one is a folder beside this file and a row here. */
export const dialects: readonly Dialect[] = [roseu]

/** The dialect of a name, or undefined when the hub does not speak it. */
export function dialectOf(name: string): Dialect | undefined {
  return dialects.find((dialect) => dialect.profile.name === name)
}
