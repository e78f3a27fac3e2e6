// The forms a row of the table of settings may have, and what makes rows of each form.

/** What a person may be told about a setting: Russian first. */
type Meaning = { ru: string; en: string }

/** One row. A path that is relative by default stands below the project or below the data folder. */
export type SettingRow = Meaning & { secret?: true } & (
    | { type: 'text'; default: string | undefined; pattern?: RegExp }
    | { type: 'url'; default: string | undefined; schemes: readonly string[] }
    | { type: 'path'; default: string | undefined; below: 'project' | 'data' }
    | { type: 'list'; default: readonly string[]; pattern: RegExp; itemsMax: number }
    | { type: 'integer'; default: number; min: number; max: number; unit: string }
    | { type: 'boolean'; default: boolean }
    | { type: 'choice'; default: string; values: readonly string[] }
  )

type Bounds<Unit extends string> = { default: number; min: number; max: number; unit: Unit }

/** A number within bounds, in a unit. */
export const integer = <const B extends Bounds<string>>(bounds: B, ru: string, en: string) =>
  ({ type: 'integer', ...bounds, ru, en }) as const
/** A path with a default below the project or the data folder. */
export const pathBelow = (below: 'project' | 'data', path: string, ru: string, en: string) =>
  ({ type: 'path', below, default: path, ru, en }) as const
/** A path that is not there unless given. */
export const pathOrNone = (ru: string, en: string) =>
  ({ type: 'path', below: 'data', default: undefined, ru, en }) as const
/** An address to listen on; loopback unless given. */
export const host = (ru: string, en: string) =>
  ({ type: 'text', default: '127.0.0.1', pattern: /^[0-9A-Za-z.:_-]{1,253}$/, ru, en }) as const
/** A port; 0 takes any that is free. */
export const port = (fallback: number, ru: string, en: string) =>
  integer({ default: fallback, min: 0, max: 65_535, unit: '' }, ru, en)
