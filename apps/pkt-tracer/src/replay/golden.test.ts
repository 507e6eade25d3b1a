import { describe, expect, it } from 'vitest';
import { StringTable } from '#columns';
import { ByteInterner, TraceDecoder, TraceEvent } from '#nftrace';
import { RecordingReader } from '#recording';
import { fixtureFile, fixtureNames, fixtureRecords, replayRows, traceMessages } from './testing/fixtures.js';
import { rowsText } from './testing/rows-text.js';

describe('real recordings', () => {
  it('are there for every family and kind of ruleset', () => {
    expect(fixtureNames).toEqual([
      'arp',
      'bridge',
      'filter',
      'fragments',
      'jumps',
      'loopback',
      'marks',
      'nat',
      'netdev',
      'reload',
      'reuse',
    ]);
  });

  it('say what made them', async () => {
    for (const name of fixtureNames) {
      const { head } = await RecordingReader.open(fixtureFile(name));
      expect(head).toMatchObject({ netns: '', kernel: expect.stringMatching(/^\d+\.\d+/) as string });
      expect(head.nft).toMatch(/^nftables v/);
    }
  });

  it.each(fixtureNames)('%s: the rows', async (name) => {
    const { rows, counts } = replayRows(await fixtureRecords(name));
    const { events, merged, packets, malformed } = counts;
    expect(rows).toHaveLength(events - merged);
    expect(rows.filter((row) => row.decisive)).toHaveLength(packets);
    expect(malformed).toBe(0);
    const totals = `${events} events, ${merged} merged, ${packets} packets\n`;
    await expect(totals + rowsText(rows)).toMatchFileSnapshot(`./golden/${name}.txt`);
  });

  it.each(['filter', 'marks'])('%s: every field that the decoder gives', async (name) => {
    const strings = new StringTable();
    const decoder = new TraceDecoder(new ByteInterner(strings));
    const event = new TraceEvent();
    const texts = traceMessages(await fixtureRecords(name)).map((message) => {
      const decoded = decoder.decode(message, 0, message.length, event);
      return decoded === 'event' ? eventText(event, strings) : decoded;
    });
    await expect(`${texts.join('\n')}\n`).toMatchFileSnapshot(`./golden/${name}.events.txt`);
  });

  it('give the same rows each time, but for the ids', async () => {
    const [first, second] = [await fixtureRecords('reuse'), await fixtureRecords('reuse')].map(
      (records) => replayRows(records).rows,
    );
    expect(rowsText(first ?? [])).toBe(rowsText(second ?? []));
    const ids = new Set([...(first ?? []), ...(second ?? [])].map((row) => row.packet_id));
    const packets = first?.filter((row) => row.decisive).length ?? 0;
    expect(ids.size).toBe(2 * packets);
  });

  it('give the same packets whatever the size of a batch', async () => {
    const records = await fixtureRecords('reuse');
    const [large, small] = [16_384, 64].map((maxBatchRows) => replayRows(records, { maxBatchRows }));
    expect(rowsText(small?.rows ?? [])).toBe(rowsText(large?.rows ?? []));
  });
});

/** @returns the event's fields that are set; names as texts, headers as hexadecimal */
function eventText(event: TraceEvent, strings: StringTable): string {
  const { bytes } = event;
  const header = (at: number, length: number): string =>
    Buffer.from(bytes.subarray(at, at + length)).toString('hex');
  const fields = {
    id: event.id,
    type: event.type,
    family: event.family,
    nfproto: event.nfproto,
    table: strings.text(event.table),
    chain: strings.text(event.chain),
    handle: event.handleHigh * 2 ** 32 + event.handleLow,
    ...(event.hasVerdict && { verdict: event.verdict }),
    jumpTarget: strings.text(event.jumpTarget),
    ...(event.hasPolicy && { policy: event.policy }),
    iif: event.iif,
    iifType: event.iifType,
    oif: event.oif,
    oifType: event.oifType,
    mark: event.mark,
    ctId: event.ctId,
    ctDirection: event.ctDirection,
    ctStatus: event.ctStatus,
    ctState: event.ctState,
    link: header(event.linkAt, event.linkLength),
    network: header(event.networkAt, event.networkLength),
    transport: header(event.transportAt, event.transportLength),
  };
  const always = new Set(['verdict', 'policy']);
  return Object.entries(fields)
    .filter(([name, value]) => always.has(name) || (value !== '' && value !== 0 && value !== -1))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
