import { parseTime } from '#filter';
import { CliError } from '../errors.js';

const SHORTEST_MS = 200;

/** @param text `2s`, `500ms`, `1m` @returns ms @throws CliError `usage` */
export function intervalOf(text: string): number {
  const bad = (): CliError =>
    new CliError(
      'watch',
      'usage',
      `--interval: ${JSON.stringify(text)} is no length of time; use one from 200ms on, such as 2s or 1m.`,
    );
  if (!/\d/.test(text) || /^\d{4}-/.test(text)) throw bad();
  // How long ago that is, is how long it is.
  const now_us = Date.UTC(2026, 0) * 1000;
  let ms: number;
  try {
    ms = (now_us - parseTime(text, now_us)) / 1000;
  } catch {
    throw bad();
  }
  if (!(ms >= SHORTEST_MS)) throw bad();
  return ms;
}
