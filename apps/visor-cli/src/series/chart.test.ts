import { describe, expect, it } from 'vitest';
import { chartLines, heights, type Ink, roundedUp } from './chart.js';

const plain: Ink = { color: (text) => text, colored: false };
const colored: Ink = { color: (text, at) => text.replace(/\S/g, (char) => `${at}${char}`), colored: true };

describe('chartLines', () => {
  it('fills one series by the eighth of a cell; a little is not nothing', () => {
    const size = { rows: 2, scale: 1, top: 16 };
    expect(chartLines([[0, 0.1, 1, 8, 12, 16, null]], true, size, plain)).toEqual(['    ▄█ ', ' ▁▁███ ']);
  });

  it('stacks several, told by characters of their own or by colours', () => {
    const series = [
      [2, 1, 0],
      [2, 0, 0],
    ];
    const size = { rows: 4, scale: 1, top: 4 };
    expect(chartLines(series, true, size, plain)).toEqual(['=  ', '=  ', '#  ', '## ']);
    expect(chartLines(series, true, size, colored)).toEqual(['1█  ', '1█  ', '0█  ', '0█0█ ']);
  });

  it('sets others beside each other, at their height', () => {
    const series = [
      [1, 4, null],
      [3, 4, 0],
    ];
    expect(chartLines(series, false, { rows: 4, scale: 2, top: 4 }, plain)).toEqual([
      '○○●●  ',
      '      ',
      '●●    ',
      '      ',
    ]);
  });
});

it.each([
  [0, 10, 1],
  [1, 10, 1],
  [3, 10, 5],
  [196, 10, 200],
  [201, 10, 250],
  [0.03, 10, 0.05],
  [1500, 2, 2048],
  [3 * 1024 ** 2, 2, 5 * 1024 ** 2],
] as const)('the scale of %d (base %d) ends at %d', (value, base, top) => {
  expect(roundedUp(value, base)).toBeCloseTo(top);
});

it('the height of a stack is its sum, of others the greatest', () => {
  const series = [
    [1, 2],
    [3, null],
  ];
  expect([heights(series, true), heights(series, false)]).toEqual([
    [4, 2],
    [3, 2],
  ]);
});
