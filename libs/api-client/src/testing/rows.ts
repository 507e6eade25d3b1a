import { type RequestListener } from 'node:http';
import { type VisorClient } from '../client.js';

/** Answers with two rows. */
export const jsonl: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end('{"a":1}\n{"a":2}\n');
};

/** @returns the rows of an answer */
export async function packets(
  client: VisorClient,
  query = {},
  signal = new AbortController().signal,
): Promise<string[]> {
  const rows: string[] = [];
  for await (const part of client.packets(query, signal)) rows.push(...part);
  return rows;
}
