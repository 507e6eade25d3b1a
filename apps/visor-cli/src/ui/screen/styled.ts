/** @returns a text without colours with its foreground and background exchanged */
export const inverse = (text: string): string => `\u001b[7m${text}\u001b[0m`;
