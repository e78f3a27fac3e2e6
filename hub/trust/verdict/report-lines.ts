// What a report is made of, whatever it is shown on.

/** How a line is meant: in order, to be looked at, wrong, or said without a judgement. */
export type Tone = 'good' | 'doubt' | 'bad' | 'plain'

/** One line: what is spoken of, and what is said; `notes` stand under it. */
export type ReportLine = { label: string; value: string; tone: Tone; notes: readonly string[] }
/** Lines about one thing. */
export type ReportSection = { title: string; lines: readonly ReportLine[] }
