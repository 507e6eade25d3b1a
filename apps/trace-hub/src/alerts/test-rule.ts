import { parseRules, type AlertRule } from '#alerts';
import { badParameter, Problem } from '../http/problem.js';

/** Faults of a text that came with a request name this in place of a file. */
const textName = 'yaml';

interface Wrapped {
  readonly text: string;
  /** What the wrapping put before it. */
  readonly lines: number;
  readonly columns: number;
}

/** A rule may come as it stands in a file, as an item of the list, or alone. */
function wrapped(text: string): Wrapped {
  if (/^alerts\s*:/m.test(text)) return { text, lines: 0, columns: 0 };
  const first = /^[ \t]*(?![\s#]|---)\S.*$/m.exec(text)?.[0] ?? '';
  if (/^[ \t]*-(\s|$)/.test(first)) return { text: `alerts:\n${text}`, lines: 1, columns: 0 };
  const indented = text.replace(/^(?=.*\S)/gm, '    ');
  return { text: `alerts:\n  -\n${indented}`, lines: 2, columns: 4 };
}

/** @returns the one rule of a YAML text @throws Problem 400 */
export function ruleOfText(yaml: string, now_us: number): AlertRule {
  const { text, lines, columns } = wrapped(yaml);
  const { rules, faults } = parseRules(text, textName, { now_us });
  const [fault] = faults;
  if (fault) {
    const line = Math.max(1, fault.line - lines);
    const column = Math.max(1, fault.column - columns);
    const detail = `${textName}, line ${line}: ${fault.reason}`;
    throw new Problem(400, detail, { field: textName, line, column });
  }
  const [rule] = rules;
  if (rule && rules.length === 1) return rule;
  throw badParameter(textName, '', `${textName} has ${rules.length} rules; send one`);
}
