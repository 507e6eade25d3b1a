import { EventEmitter } from 'node:events';
import { type ReadStream, type WriteStream } from 'node:tty';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Terminal } from './terminal.js';

class Output extends EventEmitter {
  columns = 20;
  rows = 3;
  text = '';
  write(text: string, done?: () => void): void {
    this.text += text;
    done?.();
  }
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}
class Input extends EventEmitter {
  raw: boolean[] = [];
  setRawMode(raw: boolean): void {
    this.raw.push(raw);
  }
  setEncoding(): this {
    return this;
  }
  resume(): void {
    // It is always on.
  }
  pause(): void {
    // As above.
  }
}

let output: Output;
let input: Input;
let terminal: Terminal;
const heard = { input: vi.fn(), resize: vi.fn() };

beforeEach(() => {
  [output, input] = [new Output(), new Input()];
  terminal = new Terminal(input as unknown as ReadStream, output as unknown as WriteStream);
  heard.resize.mockClear();
  terminal.open(heard);
  output.take();
});
afterEach(() => {
  // It writes to the terminal of the test itself.
  input.setRawMode = () => {
    throw new Error('gone');
  };
  terminal.close();
});

it('writes only lines that have changed', () => {
  terminal.draw({ lines: ['one', 'two', 'three'] });
  expect(output.take()).toMatch(/one[^]*two[^]*three/);
  terminal.draw({ lines: ['one', 'TWO', 'three'] });
  const text = output.take();
  expect(text).toContain('\u001b[2;1H\u001b[0mTWO');
  expect(text).not.toMatch(/one|three/);
});

it('erases a line where a terminal may give another width', () => {
  terminal.draw({ lines: ['日本', 'b', 'c'] });
  expect(output.take()).toContain('\u001b[2K日本');
  terminal.draw({ lines: ['ab', 'b', 'c'] });
  expect(output.take()).toContain('\u001b[2Kab');
  terminal.draw({ lines: ['cd', 'b', 'c'] });
  expect(output.take()).not.toContain('\u001b[2K');
});

it('shows the cursor only where a form has it', () => {
  terminal.draw({ lines: ['a'], caret: { x: 2, y: 1 } });
  expect(output.take()).toContain('\u001b[2;3H\u001b[?25h');
  terminal.draw({ lines: ['a'] });
  expect(output.take()).toContain('\u001b[?25l');
});

it('draws all anew in another window', () => {
  terminal.draw({ lines: ['one'] });
  output.take();
  output.emit('resize');
  expect(heard.resize).toHaveBeenCalledOnce();
  terminal.draw({ lines: ['one'] });
  expect(output.take()).toContain('one');
});
