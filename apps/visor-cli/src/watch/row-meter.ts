import { ApiError, MAX_LINE } from '#api-client';

/** What is known of rows that were printed. */
export interface Shown {
  readonly count: number;
  /** RFC 3339: the times of the first row and of the last; '' where there is none */
  readonly first: string;
  readonly last: string;
}

const NEWLINE = 10;
const QUOTE = 34;

/** Finds the ends of rows in one form. */
interface Scanner {
  /** Lines before the first row. */
  readonly head: number;
  /** Finds each row's time. */
  readonly time: RegExp;
  /** @returns how many lines end in the chunk that follows the one before, and where the last of them does */
  scan(chunk: Buffer): { readonly lines: number; readonly end: number };
}

class JsonLinesScanner implements Scanner {
  readonly head = 0;
  readonly time = /^.*?"ts":"([^"]*)"/gm;

  scan(chunk: Buffer): { lines: number; end: number } {
    let [lines, end] = [0, 0];
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, end)) {
      lines++;
      end = at + 1;
    }
    return { lines, end };
  }
}

/** RFC 4180: a newline within quotes belongs to the text; a quote in it is doubled, which changes nothing here. */
class CsvScanner implements Scanner {
  readonly head = 1;
  readonly time = /^"?(\d{4}-\d\d-\d\d[^",]*)/gm;
  #quoted = false;

  scan(chunk: Buffer): { lines: number; end: number } {
    let [lines, end] = [0, 0];
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (byte === NEWLINE && !this.#quoted) {
        lines++;
        end = i + 1;
      }
    }
    return { lines, end };
  }
}

const scanners = { jsonl: () => new JsonLinesScanner(), csv: () => new CsvScanner() };

/**
 * Counts rows that pass as bytes, without reading them. It holds back a row that is not whole yet, so that an answer that
 * breaks off leaves whole ones.
 */
export class RowMeter implements Shown {
  readonly #scanner: Scanner;
  #lines = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** The chunks with the first row, and those with the last: read when their times are asked for. */
  #start: readonly Uint8Array[] = [];
  #end: readonly Uint8Array[] = [];

  constructor(form: keyof typeof scanners) {
    this.#scanner = scanners[form]();
  }

  get count(): number {
    return Math.max(0, this.#lines - this.#scanner.head);
  }

  get first(): string {
    return this.#times(this.#start).at(0) ?? '';
  }

  get last(): string {
    return this.#times(this.#end).at(-1) ?? '';
  }

  /** @returns what can be written now @throws ApiError `protocol` for a row that has no end */
  take(chunk: Uint8Array): readonly Uint8Array[] {
    const { lines, end } = this.#scanner.scan(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    if (end === 0) {
      this.#hold(chunk);
      return [];
    }
    this.#lines += lines;
    const whole = [...this.#held, chunk.subarray(0, end)];
    this.#held = [];
    this.#heldBytes = 0;
    if (this.count > 0) {
      if (this.#start.length === 0) this.#start = whole;
      this.#end = whole;
    }
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return whole;
  }

  /** @returns what is held once the answer has ended well: a last line may lack its newline */
  rest(): readonly Uint8Array[] {
    if (this.#heldBytes === 0) return [];
    return this.take(Buffer.from('\n'));
  }

  #hold(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > MAX_LINE)
      throw new ApiError('rows', 'protocol', `the answer has a row of more than ${MAX_LINE} bytes`);
  }

  #times(chunks: readonly Uint8Array[]): string[] {
    const text = Buffer.concat(chunks).toString();
    return [...text.matchAll(this.#scanner.time)].map(([, time]) => time ?? '');
  }
}
