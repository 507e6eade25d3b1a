import { describe, expect, it } from 'vitest';
import { NetlinkSocket, openLibc } from '#netlink';
import { ScriptedSource } from '#testing/netlink';
import { GenerationProbe, PROBE_RING } from './generation-probe.js';
import { generationMessage } from './testing/trace-message.js';

const isRoot = process.getuid?.() === 0;

describe('GenerationProbe', () => {
  it.skipIf(!isRoot)('is told a number by the kernel, again and again', () => {
    const socket = NetlinkSocket.open(openLibc(), [], PROBE_RING);
    const probe = new GenerationProbe(socket);
    const answers = Array.from({ length: 100 }, () => probe.ask());
    socket.close();
    expect(answers.every((answer) => typeof answer === 'number' && answer > 0)).toBe(true);
  });

  it('gives no number where none came', () => {
    const source = new ScriptedSource();
    const probe = new GenerationProbe(Object.assign(source, { send: () => undefined }));
    expect(probe.ask()).toBeUndefined();
    source.add([new Uint8Array(36)], [generationMessage(57)]);
    expect([probe.ask(), probe.ask()]).toEqual([undefined, 57]);
  });
});
