import { describe, expect, it } from 'vitest';
import { LossBook } from './loss-book.js';

const loss = (seq: number, events: number, values: { cause?: string; first_seq?: number } = {}) => ({
  seq,
  netns: '',
  cause: 'overrun',
  events,
  from_us: seq,
  until_us: seq,
  ...values,
});

const told = (book: LossBook, ...losses: ReturnType<typeof loss>[]) =>
  book.take(losses).map(({ loss: { seq }, told: all, growth }) => [seq, all, growth]);

describe('LossBook', () => {
  it('tells new losses and growth, each event once', () => {
    const book = new LossBook();
    expect(told(book, loss(1, 10))).toEqual([[1, 10, 10]]);
    expect(told(book, loss(1, 10))).toEqual([]);
    expect(told(book, loss(1, 15), loss(2, 3))).toEqual([
      [1, 15, 5],
      [2, 3, 3],
    ]);
    expect(told(book, loss(1, 12), loss(2, 3))).toEqual([]);
  });

  it('knows the losses that one stands for', () => {
    const book = new LossBook();
    told(book, loss(1, 10), loss(2, 7, { cause: 'backlog' }), loss(3, 5));
    expect(told(book, loss(3, 15, { first_seq: 1 }))).toEqual([]);
    expect(told(book, loss(3, 18, { first_seq: 1 }))).toEqual([[3, 8, 3]]);
    expect(told(book, loss(9, 30, { first_seq: 1 }))).toEqual([[9, 12, 12]]);
    expect(told(book, loss(9, 30, { first_seq: 1 }), loss(2, 7, { cause: 'backlog' }))).toEqual([]);
  });

  it('stays bounded whatever an agent makes up', () => {
    const book = new LossBook();
    for (let seq = 1; seq <= 1000; seq++) told(book, loss(seq, 1));
    expect(told(book, loss(1000, 1))).toEqual([]);
    expect(told(book, loss(1, 1))).toEqual([[1, 1, 1]]);
  });
});
