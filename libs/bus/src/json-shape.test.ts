import { expect, it } from 'vitest';
import { jsonExcess } from './json-shape.js';

const bounds = { values: 6, depth: 3 };
const [values, depth] = ['has more than 6 values', 'has more than 3 lists and objects within each other'];

it.each([
  ['[1,2,3,4,5,6]', undefined],
  ['[1,2,3,4,5,6,7]', values],
  ['{"a":[1,2],"b":[3,4]}', undefined],
  ['[{},{},{}]', undefined],
  ['[{},{},{},{}]', values],
  ['[{"a":[]}]', undefined],
  ['[{"a":[{}]}]', depth],
  ['[[[],[]]]', undefined],
  ['["[[[[,,,,,,{{{{"]', undefined],
  ['["\\"[[[[[[", "\\\\"]', undefined],
  ['["\\\\",[[[', depth],
  ['["no end,,,,,,,[[[[', undefined],
  ['["\\', undefined],
  [']]]]}}}}', undefined],
  ['', undefined],
])('%s: %s', (text, excess) => {
  expect(jsonExcess(Buffer.from(text), bounds)).toBe(excess);
});
