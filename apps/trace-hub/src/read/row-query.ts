/** Rows as one JSON document, JSON a line, CSV, or an Arrow stream. */
export const rowFormats = ['json', 'jsonl', 'csv', 'arrow'] as const;
export type RowFormat = (typeof rowFormats)[number];

export const defaultRows = 100;
/** Of a document, which is held as a whole. */
export const maxRows = 10_000;
