import { describe, expect, test } from 'vitest';
import { hookOrder, mayFollow } from './hook-order.js';

type Place = [family: string, hook: string, priority?: number, type?: string];
const order = ([family, hook, priority = 0, type = 'filter']: Place): number =>
  hookOrder(family, type, hook, priority);

describe('mayFollow', () => {
  test.each<[Place, Place]>([
    [
      ['netdev', 'ingress'],
      ['ip', 'prerouting', -300],
    ],
    [
      ['inet', 'ingress'],
      ['netdev', 'ingress'],
    ],
    [
      ['netdev', 'ingress'],
      ['netdev', 'egress'],
    ],
    [
      ['inet', 'prerouting', -300],
      ['ip', 'prerouting', -299],
    ],
    [
      ['inet', 'prerouting'],
      ['inet', 'prerouting'],
    ],
    [
      ['ip', 'prerouting', -101],
      ['ip', 'prerouting', 50, 'nat'],
    ],
    [
      ['ip', 'prerouting', 50, 'nat'],
      ['inet', 'prerouting', -99],
    ],
    [
      ['ip', 'postrouting', 99],
      ['ip', 'postrouting', -5, 'nat'],
    ],
    [
      ['inet', 'forward', 100],
      ['inet', 'postrouting', -100],
    ],
    [
      ['inet', 'input'],
      ['inet', 'output'],
    ],
    [
      ['inet', 'postrouting', 300],
      ['netdev', 'egress', -10],
    ],
    [
      ['arp', 'output'],
      ['netdev', 'egress'],
    ],
    [
      ['bridge', 'prerouting'],
      ['bridge', 'forward', -200],
    ],
    [
      ['bridge', 'output'],
      ['bridge', 'postrouting'],
    ],
  ])('%j, then %j', (from, to) => {
    expect(mayFollow(order(from), order(to))).toBe(true);
  });

  test.each<[Place, Place]>([
    [
      ['ip', 'prerouting', -299],
      ['ip', 'prerouting', -300],
    ],
    [
      ['ip', 'prerouting', -99],
      ['ip', 'prerouting', 50, 'nat'],
    ],
    [
      ['inet', 'prerouting'],
      ['netdev', 'ingress'],
    ],
    [
      ['inet', 'input'],
      ['inet', 'forward'],
    ],
    [
      ['inet', 'forward'],
      ['inet', 'input'],
    ],
    [
      ['inet', 'postrouting'],
      ['inet', 'prerouting'],
    ],
    [
      ['netdev', 'egress'],
      ['inet', 'output'],
    ],
    [
      ['bridge', 'input'],
      ['bridge', 'forward'],
    ],
    [
      ['bridge', 'prerouting'],
      ['bridge', 'output'],
    ],
    [
      ['bridge', 'postrouting'],
      ['bridge', 'prerouting'],
    ],
  ])('never %j, then %j', (from, to) => {
    expect(mayFollow(order(from), order(to))).toBe(false);
  });

  test('where one is not known, nothing speaks against it', () => {
    const known = order(['inet', 'input']);
    expect(order(['inet', ''])).toBeNaN();
    expect(order(['bridge', 'ingress'])).toBeNaN();
    expect([mayFollow(NaN, known), mayFollow(known, NaN)]).toEqual([true, true]);
  });
});
