// Puts the screens that e2e/ui.e2e.ts has kept into the pages that show them, below `<!-- screen: NAME -->`.
// Run it after the screens have changed: node scripts/ui-screens.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The pages. */
export const pages = ['docs/ui.md', 'README.md'];

/** @returns the page with its screens as they are now */
export function withScreens(text) {
  return text.replace(/(<!-- screen: ([\w-]+) -->\n\n```text\n)[^]*?(```\n)/g, (_, before, name, after) => {
    const screen = readFileSync(join(root, `e2e/golden/ui-${name}.txt`), 'utf8');
    return `${before}${screen}${after}`;
  });
}

/** @returns the text of a page */
export const pageText = (page) => readFileSync(join(root, page), 'utf8');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of pages) writeFileSync(join(root, page), withScreens(pageText(page)));
}
