import { badParameter, type Problem } from './problem.js';

/** A URL's parameters as Fastify gives them. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

const shownLength = 80;

/** @returns the text as errors quote it: its beginning, and no half of a character */
export const shown = (text: string): string =>
  text.length > shownLength ? `${text.slice(0, shownLength).replace(/[\ud800-\udbff]$/, '')}…` : text;

/** Control characters, halves of surrogate pairs, and what stands for bytes that were no UTF-8. */
const strange = /[\p{Cc}\p{Cs}\ufffd]/u;
const strangeInText = /[\p{Cs}\ufffd]|(?![\t\r\n])\p{Cc}/u;

/** @throws Problem where a value has characters that no value has */
export function checkCharacters(field: string, text: string, multiline = false): void {
  const at = text.search(multiline ? strangeInText : strange);
  if (at < 0) return;
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  const detail = `${field}: there is a character that cannot be here (U+${code}) at offset ${at}; remove it`;
  throw badParameter(field, shown(text), detail, { offset: at });
}

/** @throws Problem where a URL's query is not UTF-8 in percent encoding: it would be taken for other text than was meant */
export function checkEncoding(url: string): void {
  const query = url.slice(url.indexOf('?') + 1);
  if (query === url || !query.includes('%')) return;
  for (const part of query.split('&')) {
    const [name = '', value = ''] = part.split(/=(.*)/s);
    const field = shown(decodedName(name));
    const problem = (text: string, at: number, offset?: number): Problem => {
      const detail = `${field}: the % at offset ${at} is not followed by two hexadecimal digits of UTF-8; write a % as %25`;
      return badParameter(field, shown(text), detail, { offset });
    };
    const inName = badEscape(name);
    if (inName !== undefined) throw problem(value, inName);
    const inValue = badEscape(value);
    if (inValue !== undefined) throw problem(value, inValue, inValue);
  }
}

/** @returns a parameter's name as who asks means it; where it cannot be decoded as it is */
const decodedName = (name: string): string =>
  badEscape(name) === undefined ? decodeURIComponent(name.replaceAll('+', ' ')) : name;

/** @returns where the first escape is that cannot be decoded */
function badEscape(text: string): number | undefined {
  for (const { 0: escapes, index } of text.matchAll(/(?:%[0-9a-f]{2})+|%/gi)) {
    try {
      decodeURIComponent(escapes);
    } catch {
      return index;
    }
  }
  return undefined;
}

/** @returns the one value of a parameter that may be there once */
export function single(query: RawQuery, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  const detail = `${name} is given ${value.length} times; it may be there once`;
  throw badParameter(name, shown(value.join(', ')), detail);
}
