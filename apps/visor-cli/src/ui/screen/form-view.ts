import { fit } from './styled.js';
import { type Form } from '../contracts.js';
import { type Layout } from './layout.js';
import { type Frame } from './terminal.js';

const MAX_WIDTH = 110;

/** @returns the frame with a form over it, and the terminal's cursor where the form has it */
export function withForm(lines: readonly string[], form: Form, layout: Layout): Frame {
  return form.where === 'line' ? lineForm(lines, form, layout) : boxForm(lines, form, layout);
}

function lineForm(lines: readonly string[], form: Form, { width, footer }: Layout): Frame {
  const view = form.view({ width, height: 8 });
  const top = footer - view.lines.length;
  const out = lines.map((line, y) => (y >= top && y < footer ? fit(view.lines[y - top] ?? '', width) : line));
  const caret = view.caret && { x: Math.min(view.caret.column, width - 1), y: top + view.caret.line };
  return { lines: out, caret };
}

function boxForm(lines: readonly string[], form: Form, { width, footer, titles }: Layout): Frame {
  const inner = Math.min(width - 4, MAX_WIDTH);
  const most = footer - titles - 3;
  const view = form.view({ width: inner, height: most });
  const shown = view.lines.slice(0, most);
  const left = Math.floor((width - inner - 4) / 2);
  const title = fit(` ${form.title} `.slice(0, inner), Math.min(inner, form.title.length + 2));
  const box = [
    `┌─${title}${'─'.repeat(Math.max(0, inner + 1 - Math.min(inner, form.title.length + 2)))}┐`,
    ...shown.map((line) => `│ ${fit(line, inner)} │`),
    `└${'─'.repeat(inner + 2)}┘`,
  ];
  const top = titles + 1;
  const out = lines.map((line, y) => {
    const part = box[y - top];
    if (part === undefined) return line;
    return fit(' '.repeat(left) + part, width);
  });
  const caret = view.caret && {
    x: left + 2 + Math.min(view.caret.column, inner),
    y: top + 1 + view.caret.line,
  };
  return { lines: out, caret };
}
