/** @returns a value that is told from its neighbours: in quotes where it is empty or has spaces */
export const quoted = (text: string): string => (text === '' || /[\s'"]/.test(text) ? `'${text}'` : text);
