import { describe, expect, it } from 'vitest';
import { type Edit, editField, fieldOf, fieldView, insertText, type TextField } from './text-field.js';

/** @returns the field with a | where the cursor is */
const shown = ({ text, cursor }: TextField): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

function field(text: string): TextField {
  const cursor = text.indexOf('|');
  return { text: text.replace('|', ''), cursor };
}

describe('a line that is written', () => {
  it.each<[Edit, string, string]>([
    ['left', 'ab|c', 'a|bc'],
    ['left', '|abc', '|abc'],
    ['left', 'a👩‍🚒|', 'a|👩‍🚒'],
    ['right', 'e|e\u0301x', 'ee\u0301|x'],
    ['right', 'abc|', 'abc|'],
    ['word-left', 'dport == 80|', 'dport == |80'],
    ['word-left', 'dport == |80', '|dport == 80'],
    ['home', 'ab|c', '|abc'],
    ['end', 'a|bc', 'abc|'],
    ['backspace', 'ab|c', 'a|c'],
    ['backspace', '|abc', '|abc'],
    ['delete', 'a|bc', 'a|c'],
    ['delete', 'abc|', 'abc|'],
    ['delete-word', 'dport == 80|', 'dport == |'],
    ['delete-before', 'ab|c', '|c'],
    ['delete-after', 'ab|c', 'ab|'],
  ])('%s makes of %s %s', (edit, before, after) => {
    expect(shown(editField(field(before), edit))).toBe(after);
  });

  it('takes what is pasted in one line, and nothing that is not seen', () => {
    expect(shown(insertText(field('a|d'), 'b\r\nc\x1b[2J\u202e\0'))).toBe('ab c[2J|d');
  });

  it.each([
    ['|', 5, '', 0],
    ['abc|', 5, 'abc', 3],
    ['abcdefgh|', 5, 'efgh', 4],
    ['|abcdefgh', 5, 'abcd', 0],
    ['abcdef|gh', 5, 'cdef', 4],
    ['日本語|', 5, '本語', 4],
    ['日本語|', 6, '本語', 4],
    ['|日本語', 6, '日本', 0],
    ['a\x1bb|', 9, 'a\\x1bb', 6],
  ])('%s on %i cells is shown as "%s", the cursor in %i', (text, width, visible, cursor) => {
    expect(fieldView(field(text), width)).toEqual({ text: visible, cursor });
  });

  it('begins with the cursor at its end', () => {
    expect(shown(fieldOf('abc'))).toBe('abc|');
  });
});
