/** How rows are printed. */
export const outputFormats = ['compact', 'wide', 'table', 'tree', 'json', 'jsonl', 'csv', 'arrow'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** A form in which the hub answers. */
export type HubForm = 'jsonl' | 'csv' | 'arrow';

/**
 * @param columns what --columns has
 * @returns the form in which the hub's answer, byte for byte, is what is printed; undefined where rows have to be formatted
 */
export function hubForm(format: OutputFormat, columns: string | undefined): HubForm | undefined {
  if (columns !== undefined) return undefined;
  return format === 'jsonl' || format === 'csv' || format === 'arrow' ? format : undefined;
}

/** Whether the form shows a packet's way: it wants hops, not packets alone. */
export const wantsHops = (format: OutputFormat): boolean => format === 'tree';
