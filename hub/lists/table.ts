// What every reader of lists gives: rows of cells as texts, with the number a person sees beside each.

/** A row that is not empty. */
export type TableRow = {
  /** From 1, as the program that shows the list numbers it. */
  number: number
  /** Cut at limits.listCellLengthMax + 1 characters, so that one too long is known by its length. */
  cells: string[]
  /** Places of cells whose value is made by a formula. */
  formulas: ReadonlySet<number>
}

/** Rows that were read; `seen` counts them all, also those beyond the bound, which are not kept. */
export type Table = { rows: TableRow[]; seen: number }

/** For rows without formulas. */
export const noFormulas: ReadonlySet<number> = new Set()
