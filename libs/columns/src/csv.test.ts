import { expect, it } from 'vitest';
import { csvLine } from './csv.js';

it('has texts in quotes, and numbers without', () => {
  expect(csvLine(['a', 'it "is", so\r\n', '', 1.5, -0, true, null, undefined])).toBe(
    '"a","it ""is"", so\r\n","",1.5,0,true,,\r\n',
  );
  expect(csvLine(['12345678901234567890'])).toBe('"12345678901234567890"\r\n');
});
