import { describe, expect, it } from 'vitest';
import { type Input, InputDecoder } from './input.js';
import { keyName } from './key-table.js';

const shown = (input: Input): string =>
  input.type === 'mouse'
    ? `${input.what} ${input.x},${input.y}`
    : input.key.name === 'paste'
      ? `paste ${JSON.stringify(input.key.text)}`
      : keyName(input.key);

function decode(...pieces: readonly string[]): string[] {
  const decoder = new InputDecoder();
  return [...pieces.flatMap((piece) => decoder.feed(piece)), ...decoder.flush()].map(shown);
}

const ESC = '\u001b';

describe('the decoder of what a terminal sends', () => {
  it.each([
    ['a', ['a']],
    ['A?', ['A', '?']],
    ['ü日', ['ü', '日']],
    ['\r\t \u007f', ['enter', 'tab', 'space', 'backspace']],
    ['\u0003\u0001', ['ctrl-c', 'ctrl-a']],
    [`${ESC}[A${ESC}OB${ESC}[C${ESC}[D`, ['up', 'down', 'right', 'left']],
    [
      `${ESC}[5~${ESC}[6~${ESC}[H${ESC}[F${ESC}[1~${ESC}[4~`,
      ['pageup', 'pagedown', 'home', 'end', 'home', 'end'],
    ],
    [`${ESC}OP${ESC}[11~${ESC}[[A${ESC}[15~${ESC}[24~`, ['f1', 'f1', 'f1', 'f5', 'f12']],
    [`${ESC}[Z${ESC}[1;5C${ESC}[3;2~`, ['shift-tab', 'ctrl-right', 'shift-delete']],
    [ESC, ['escape']],
    [`${ESC}f`, ['alt-f']],
    [`${ESC}${ESC}`, ['escape', 'escape']],
    [`${ESC}[<0;11;3M${ESC}[<0;11;3m`, ['press 10,2']],
    [`${ESC}[<64;1;1M${ESC}[<65;80;24M`, ['wheel-up 0,0', 'wheel-down 79,23']],
    [`${ESC}[<2;1;1M`, []],
    [`${ESC}[200~a${ESC}[A\nb${ESC}[201~q`, [`paste "a\\u001b[A\\nb"`, 'q']],
    [`${ESC}[99~${ESC}[1;9Xq`, ['q']],
  ])('%j', (sent, expected) => {
    expect(decode(sent)).toEqual(expected);
    // However it is cut into pieces.
    expect(decode(...sent)).toEqual(expected);
  });

  it('waits after an ESC only', () => {
    const decoder = new InputDecoder();
    expect(decoder.feed('a')).toHaveLength(1);
    expect(decoder.waits).toBe(false);
    expect(decoder.feed(`${ESC}[`)).toEqual([]);
    expect(decoder.waits).toBe(true);
    expect(decoder.feed('A').map(shown)).toEqual(['up']);
    expect(decoder.waits).toBe(false);
  });
});
