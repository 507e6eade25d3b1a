import { ApiError } from '#api-client';
import { filterFromParameters } from '#filter';
import { Errors } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { CliError } from './errors.js';
import { report } from './failure.js';

function thrown(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

const called = { argv: [], commands: [] };

describe('report', () => {
  it.each<[string, unknown, number, string]>([
    [
      'a bad value, by its flag',
      thrown(() => filterFromParameters({ dport: 'x' })),
      2,
      '--dport: "x" is not a number; use a number from 0 to 65535 (decimal or 0x…), or a range like 8000-9000.',
    ],
    ['bad flags', new CliError('watch', 'usage', 'no.'), 2, 'no.'],
    ['a broken row', new CliError('row', 'protocol', 'no.'), 5, 'no.'],
    ['what is not there', new CliError('packet', 'not_found', 'no.'), 1, 'no.'],
    ['what the hub refuses', new ApiError('packets', 'refused', 'dport: no'), 2, 'dport: no'],
    [
      'no hub',
      new ApiError('packets', 'unreachable', 'cannot reach http://h: connection refused'),
      3,
      'cannot reach http://h: connection refused; start trace-hub there, or name another hub with --host or VISOR_HOST',
    ],
    [
      'a hub with TLS asked without',
      new ApiError('packets', 'closed', 'http://h closed the connection without an answer'),
      3,
      'http://h closed the connection without an answer; if it speaks TLS, name it with --host https://…, else try again',
    ],
    [
      'a missing token',
      new ApiError('packets', 'unauthorized', 'a token is needed'),
      4,
      'a token is needed; give a token that the hub knows with --token or VISOR_TOKEN',
    ],
    ['a failing hub', new ApiError('packets', 'server', 'the disk is full'), 5, 'the disk is full'],
    ['a hostile answer', new ApiError('packets', 'server', 'x\x1b[2J'), 5, 'x\\x1b[2J'],
    ['an exit', new Errors.ExitError(130), 130, ''],
    [
      'a parse error',
      new Errors.CLIError('The following error occurred:\n  \x1b[2mno\x1b[22m\nSee more help with --help'),
      2,
      'no; see visor-cli watch --help',
    ],
    ['anything thrown', 'x', 5, 'internal error: x'],
  ])('tells %s in one sentence', (_, error, exit, message) => {
    expect(report(error, { argv: ['watch'], commands: ['watch', 'ruleset:show'] })).toEqual({
      message,
      exit,
    });
  });

  it('shows where an error came from with --debug, and what caused it', () => {
    const error = new CliError('file', 'usage', 'no.', { cause: new TypeError('boom') });
    expect(report(error, called).message).toBe('no.');
    const { message, exit } = report(error, { ...called, debug: true });
    expect(exit).toBe(2);
    expect(message).toMatch(
      /^no\.\nCliError: no\.\n +at .*failure\.test\.ts[^]*\ncaused by TypeError: boom\n +at /,
    );
    expect(report(new TypeError('boom'), called)).toEqual({
      message: 'internal error: boom; --debug shows where it came from',
      exit: 5,
    });
  });
});
