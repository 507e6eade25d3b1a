import { describe, expect, it } from 'vitest';
import { CliError } from '../errors.js';
import { withNots } from './not.js';

describe('withNots', () => {
  it.each<[string, string[], string[]]>([
    ['nothing without it', ['-f', '--dport', '80', '--', 'x'], ['-f', '--dport', '80', '--', 'x']],
    ['the flag after it alone', ['--not', '--dport', '80', '--sport', '1'], ['--dport=!80', '--sport', '1']],
    ['each of several values', ['--not', '--dport', '80,443'], ['--dport=!80,!443']],
    ['a value in the same word', ['--not', '--ip-src=10.0.0.0/8'], ['--ip-src=!10.0.0.0/8']],
    ['a value with a =', ['--not', '--rule=a=b'], ['--rule=!a=b']],
    ['the absent value', ['--not', '--iif', ''], ['--iif=!']],
    ['the other spelling', ['--not', '--ip_src', '::1'], ['--ip_src=!::1']],
    ['either side', ['--not', '--port', '22'], ['--port=!22']],
    ['flags that are one value', ['--not', '--tcp-flags', 'SYN,ACK'], ['--tcp-flags=!SYN,ACK']],
    ['a comma of the value', ['--not', '--rule', 'a\\,b,c\\\\,d'], ['--rule=!a\\,b,!c\\\\,!d']],
    ['an exclamation mark of the value', ['--not', '--chain', '\\!x,y'], ['--chain=!!x,!y']],
    ['a value that begins like a flag', ['--not', '--chain', '-x'], ['--chain=!-x']],
    ['a condition', ['--not', '-q', 'dport == 80'], ['--not-query', 'dport == 80']],
    ['a condition in the same word', ['--not', '--query=a'], ['--not-query', 'a']],
    ['a short flag with its value', ['--not', '-qsport'], ['--not-query', 'sport']],
    ['several', ['--not', '--dport', '1', '--not', '--sport', '2'], ['--dport=!1', '--sport=!2']],
  ])('turns round %s', (_, argv, expected) => {
    expect(withNots(argv)).toEqual(expected);
  });

  it.each<[string[], string]>([
    [
      ['--not'],
      '--not turns the filter after it round, and nothing follows; give one, as in --not --dport 80.',
    ],
    [['--not', '--follow'], '--not turns the filter after it round, and "--follow" is none;'],
    [['--not', '-f'], 'and "-f" is none;'],
    [['--not', '80'], 'and "80" is none;'],
    [['--not', '--not', '--dport', '80'], 'and "--not" is none;'],
    [['--not', '--since', '1h'], 'and "--since" is none;'],
    [['--not', '--dport'], '--not --dport expects a value'],
    [['--not', '--dport', '80,!81'], '--not --dport "80,!81" says no twice;'],
  ])('refuses %j', (argv, message) => {
    expect(() => withNots(argv)).toThrow(CliError);
    expect(() => withNots(argv)).toThrow(message);
  });
});
