import { describe, expect, it, test } from 'vitest';
import { StringTable } from '#columns';
import * as A from './attributes.js';
import { TraceDecoder } from './decode.js';
import { TraceEvent } from './event.js';
import { ByteInterner } from './interner.js';
import { hex } from './testing/headers.js';
import { attribute, traceMessage } from './testing/trace-message.js';

function decoder(): { strings: StringTable; event: TraceEvent; decode: (bytes: Uint8Array) => string } {
  const strings = new StringTable();
  const inner = new TraceDecoder(new ByteInterner(strings));
  const event = new TraceEvent();
  return { strings, event, decode: (bytes) => inner.decode(bytes, 0, bytes.length, event) };
}

/** An attribute more, and the message length with it */
function extend(message: Uint8Array, ...attributes: Uint8Array[]): Buffer {
  const out = Buffer.concat([message, ...attributes]);
  out.writeUInt32LE(out.length, 0);
  return out;
}

describe('TraceDecoder', () => {
  it('reads every attribute', () => {
    const { event, strings, decode } = decoder();
    const message = traceMessage({
      id: 0xfedcba98,
      family: 10,
      nfproto: 10,
      table: 'fw',
      chain: 'forward',
      handle: 2 ** 40 + 3,
      verdict: A.NFT_JUMP,
      jumpTarget: 'sub',
      iif: 3,
      iifType: 1,
      oif: 4,
      oifType: 772,
      mark: 0xdeadbeef,
      link: hex('01'),
      network: hex('0203'),
      transport: hex('040506'),
      ctId: 9,
      ctDirection: 1,
      ctState: 8,
      ctStatus: 0x18a,
    });
    expect(decode(message)).toBe('event');
    expect(event).toMatchObject({
      id: 0xfedcba98,
      family: 10,
      nfproto: 10,
      type: A.TRACETYPE_RULE,
      handleHigh: 256,
      handleLow: 3,
      hasVerdict: true,
      verdict: A.NFT_JUMP,
      hasPolicy: false,
      iif: 3,
      iifType: 1,
      oif: 4,
      oifType: 772,
      mark: 0xdeadbeef,
      linkLength: 1,
      networkLength: 2,
      transportLength: 3,
      ctId: 9,
      ctDirection: 1,
      ctState: 8,
      ctStatus: 0x18a,
    });
    expect([event.table, event.chain, event.jumpTarget].map((id) => strings.text(id))).toEqual([
      'fw',
      'forward',
      'sub',
    ]);
    expect([...event.bytes.subarray(event.transportAt, event.transportAt + event.transportLength)]).toEqual([
      4, 5, 6,
    ]);
  });

  it('reads a real message of Linux 6.18: a UDP datagram to 127.0.0.1 in an output chain', () => {
    const { event, strings, decode } = decoder();
    const message = hex(`
      8c000000 110a0000 00000000 00000000 01000000 08000f00 00000002 08000400 00000003 08000600 3fc085e3
      06000200 6f000000 06000100 66000000 0c000300 00000000 00000003 0c000500 08000100 ffffffff
      08000c00 00000001 06000d00 03040000 18000800 4500001f a5fb4000 401196d0 7f000001 7f000001
      0f000900 e9f50063 000bfe1e 68690a00`);
    expect(decode(message)).toBe('event');
    expect(event).toMatchObject({
      id: 0x3fc085e3,
      family: 1,
      nfproto: 2,
      handleLow: 3,
      verdict: A.NFT_CONTINUE,
    });
    expect(event).toMatchObject({
      oif: 1,
      oifType: A.ARPHRD_LOOPBACK,
      iif: 0,
      networkLength: 20,
      transportLength: 11,
    });
    expect([strings.text(event.table), strings.text(event.chain)]).toEqual(['f', 'o']);
  });

  it('starts afresh with each message', () => {
    const { event, decode } = decoder();
    decode(traceMessage({ handle: 7, mark: 5, iif: 2, network: hex('45'), ctDirection: 0, policy: 1 }));
    decode(traceMessage({}));
    expect(event).toMatchObject({
      handleLow: 0,
      mark: 0,
      iif: 0,
      networkLength: 0,
      ctDirection: -1,
      hasPolicy: false,
    });
  });

  it('cuts the queue number off an NF_QUEUE verdict', () => {
    const { event, decode } = decoder();
    decode(traceMessage({ verdict: (5 << 16) | A.NF_QUEUE }));
    expect(event.verdict).toBe(A.NF_QUEUE);
  });

  it('skips attributes that it does not know', () => {
    const { decode } = decoder();
    expect(decode(extend(traceMessage({}), attribute(200, hex('00')), attribute(33, hex('00'))))).toBe(
      'event',
    );
  });

  const whole = traceMessage({ handle: 1, verdict: 1, network: hex('45') });
  const wrongType = Buffer.from(whole);
  wrongType.writeUInt16LE(0x0a00, 4);
  const lying = Buffer.from(whole);
  lying.writeUInt32LE(whole.length + 4, 0);
  test.each([
    ['nothing', Buffer.alloc(0), 'malformed'],
    ['a header alone', whole.subarray(0, 16), 'malformed'],
    ['a message of another type', wrongType, 'other'],
    ['a length beyond the end', lying, 'malformed'],
    ['an attribute shorter than its header', extend(whole, hex('0300 0100')), 'malformed'],
    ['an attribute beyond the end', extend(whole, hex('0900 0100 41')), 'malformed'],
    [
      'a handle of four bytes',
      extend(whole, attribute(A.NFTA_TRACE_RULE_HANDLE, hex('00000001'))),
      'malformed',
    ],
    [
      'a verdict code of two bytes',
      extend(whole, attribute(A.NFTA_TRACE_VERDICT, hex('0600 0100 0001'))),
      'malformed',
    ],
    ['no table', extend(traceMessage({}).subarray(0, 36)), 'malformed'],
  ])('says what %s is', (_name, bytes, expected) => {
    expect(decoder().decode(bytes)).toBe(expected);
  });

  it('never throws, whatever is cut off or flipped', () => {
    const { decode } = decoder();
    const message = traceMessage({
      handle: 7,
      verdict: A.NFT_GOTO,
      jumpTarget: 'x',
      iif: 1,
      network: hex('4500'),
      transport: hex('00'),
    });
    const answers = new Set<string>();
    for (let length = 0; length <= message.length; length++) answers.add(decode(message.subarray(0, length)));
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = Buffer.from(message);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      answers.add(decode(flipped));
    }
    expect([...answers].sort()).toEqual(['event', 'malformed', 'other']);
  });
});
