import { Injectable } from '@nestjs/common';
import { type HintRecord } from '#clickhouse';
import { type ColumnName } from '#columns';
import { complete, type Completion, type CompletionItem, parseFilter, quoteText } from '#filter';
import { Problem } from '../http/problem.js';
import { HintsService } from '../hints/hints.service.js';
import { type CompleteQuery } from './complete-query.js';

/** What can be written at a place. */
export interface CandidateJson extends CompletionItem {
  /** Of a value that rows have: packets with it. */
  readonly count?: number;
}

export interface CompletionJson {
  /** The part of the text that a candidate replaces, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly CandidateJson[];
  /** Why the values that rows have are not among them, where they should be. */
  readonly missing?: string;
}

const maxValues = 20;

/** @returns a value as the language reads it back: bare where that means the same, else in quotes */
function valueText(column: ColumnName, value: HintRecord['value'], quoted: boolean): string {
  const text = String(value);
  if (quoted || text === '' || !/^[\p{L}\p{N}_:.@/-]+$/u.test(text)) return quoteText(text);
  try {
    const [bare, inQuotes] = [text, quoteText(text)].map((form) =>
      JSON.stringify(parseFilter(`${column} == ${form}`), plain),
    );
    return bare === inQuotes || typeof value !== 'string' ? text : quoteText(text);
  } catch {
    return quoteText(text);
  }
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** Completes texts of the query language: by its grammar, and with values that rows have. */
@Injectable()
export class CompleteService {
  constructor(private readonly hints: HintsService) {}

  /** @throws Problem where a parameter is bad; values that cannot be read are left out, and why is told */
  async complete(query: CompleteQuery, signal: AbortSignal): Promise<CompletionJson> {
    const { text, cursor = text.length } = query;
    const range = query.range();
    const found = complete(text, cursor);
    const { from, to, items } = found;
    try {
      const values = found.values ? await this.#values(found, text, range, signal) : [];
      return { from, to, candidates: [...values, ...items] };
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 499) throw error;
      return { from, to, candidates: items, missing: error.message };
    }
  }

  async #values(
    { from, prefix, values }: Completion,
    text: string,
    range: ReturnType<CompleteQuery['range']>,
    signal: AbortSignal,
  ): Promise<CandidateJson[]> {
    const counts = new Map<string, number>();
    const quoted = /["'`]/.test(text[from] ?? '');
    for (const column of values?.columns ?? []) {
      const hints = await this.hints.ask({ column, prefix, limit: maxValues }, range, signal);
      for (const { value, count } of hints.values) {
        const written = valueText(column, value, quoted);
        counts.set(written, (counts.get(written) ?? 0) + count);
      }
    }
    const byCount = [...counts].sort(([, a], [, b]) => b - a).slice(0, maxValues);
    return byCount.map(([value, count]) => ({ kind: 'value', text: value, count }));
  }
}
