import { quote } from './columns.js';
import { type Statement } from './engine.js';

/**
 * The statement with its values written into it. The embedded engine's own parameters belong to the whole process: two
 * queries at a time get each other's values, so its binding lets only one run.
 */
export function withLiterals({ sql, params = {} }: Statement): string {
  return sql.replace(/\{(\w+):([^{}]+)\}/g, (placeholder, name: string, type: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`No value for ${placeholder}`);
    const literal = typeof value === 'string' ? quote(value) : String(value);
    return `CAST(${literal}, ${quote(type)})`;
  });
}
