import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ask,
  type Daemon,
  describeAsRoot,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  stopAgent,
  unaccounted,
  tryRun,
  untilRows,
} from './support/index.js';

const ruleset = (table: string) => `
table inet ${table} {
  chain out {
    type filter hook output priority filter; policy accept;
    udp dport 5000 meta nftrace set 1
  }
}`;

/** How many sockets a process has open that are none of a connection: those come and go with whoever asks it. */
function openSockets(pid: number): number {
  const tables = ['tcp', 'tcp6', 'unix'].map((name) => readFileSync(`/proc/${pid}/net/${name}`, 'latin1'));
  const connections = new Set(tables.flatMap((table) => table.split(/\s+/)));
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ''; // closed meanwhile
    }
  });
  const inodes = targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  return inodes.filter((inode) => !connections.has(inode)).length;
}

interface State {
  netns: string[];
}

describeAsRoot('an agent that traces several network namespaces', () => {
  let lab: Lab;
  let red: Namespace;
  let blue: Namespace;
  let hub: Daemon;
  let nats: Nats;

  beforeAll(async () => {
    lab = await openLab();
    [red, blue] = [await lab.namespace('red'), await lab.namespace('blue')];
    nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
  });

  afterAll(() => lab.close());

  /** Ten datagrams out of a namespace, each traced at its output alone (loopback brings them back: a second packet). */
  const send = (from: Namespace) =>
    sendUdp(from, { to: '127.0.0.1', flows: [{ sport: 4000, dport: 5000, count: 10 }] });

  const stateOf = async (agent: Daemon): Promise<State> => JSON.parse(await ask(agent, '/healthz')) as State;

  /** @returns the packets that left, by the namespace and the table that they are told of */
  async function packetsOf(agentId: string, enough: number): Promise<Record<string, number>> {
    const flags = ['--last', '1000', '--agent-id', agentId, '--hook', 'output'];
    const rows = await untilRows(hub.url, flags, enough);
    const counts: Record<string, number> = {};
    for (const { netns, table } of rows) {
      const key = `${netns} ${table}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  it('names each, with its own rules and interfaces', async () => {
    await red.nft(ruleset('r'));
    await blue.nft(ruleset('b'));
    const path = `/proc/${(await holder(blue)).pid}/ns/net`;
    const agent = await startAgent(lab, {
      natsUrl: nats.url,
      agentId: 'two',
      netns: `${red.name},${path}`,
    });
    expect((await stateOf(agent)).netns.sort()).toEqual([red.name, path].sort());
    await Promise.all([send(red), send(blue)]);
    expect(await packetsOf('two', 20)).toEqual({ [`${red.name} r`]: 10, [`${path} b`]: 10 });
    const account = await stopAgent(agent.program);
    expect(account).toMatchObject({ events: 40, packets: 20, rows: 40, published: 40, merged: 0 });
    expect(unaccounted(account)).toBe(0);
  });

  it('follows them as they come and go, and lets a namespace go that is deleted', async () => {
    const later = `${red.name}-later`;
    const agent = await startAgent(lab, {
      natsUrl: nats.url,
      agentId: 'follow',
      netns: `${later},${blue.name}`,
    });
    await agent.program.untilOutput(/network namespace \S+-later does not exist; waiting for it/);
    const namespaces = async () => (await stateOf(agent)).netns;
    await agent.program.until('the other capture', async () => (await namespaces()).includes(blue.name));
    const before = openSockets(agent.program.pid);
    expect(before).toBeGreaterThan(0);
    for (const round of ['first', 'second']) {
      const made = await lab.namespaceNamed(later);
      await agent.program.until('its capture', async () => (await namespaces()).includes(later));
      await made.nft(ruleset(round));
      await send(made);
      await packetsOf('follow', round === 'first' ? 10 : 20);
      await made.remove();
      await agent.program.until('the end of its capture', async () => !(await namespaces()).includes(later));
      // one that stays open keeps the namespace, and all interfaces in it
      await agent.program.until('the end of its sockets', () => {
        return openSockets(agent.program.pid) === before;
      });
    }
    expect(await packetsOf('follow', 20)).toEqual({ [`${later} first`]: 10, [`${later} second`]: 10 });
    const account = await stopAgent(agent.program);
    expect(account.lost).toEqual({ overrun: 0, malformed: 0, backlog: 0 });
    expect(unaccounted(account)).toBe(0);
  });

  it('finds all that have a name', async () => {
    const agent = await startAgent(lab, {
      natsUrl: nats.url,
      agentId: 'all',
      netns: 'all-named',
      env: { PT_LIMITS_MAX_MEMORY: '8GiB' },
    });
    await agent.program.until('the capture of both', async () => {
      const { netns } = await stateOf(agent);
      return [red, blue].every(({ name }) => netns.includes(name));
    });
    await send(red);
    expect(await packetsOf('all', 10)).toMatchObject({ [`${red.name} r`]: 10 });
    // It traces whatever the tests beside this one do.
    await agent.program.stop();
  });

  it('traces no more of them than memory allows, and says which not', async () => {
    const agent = await startAgent(lab, {
      natsUrl: nats.url,
      agentId: 'few',
      netns: `${red.name},${blue.name}`,
      env: { PT_LIMITS_MAX_MEMORY: '300MiB' },
    });
    expect((await stateOf(agent)).netns).toEqual([red.name]);
    expect(agent.program.stderr).toContain(
      `network namespace ${blue.name} is not traced: limits.max-memory has room for 1 namespace`,
    );
    await agent.program.stop();
  });

  it('keeps those that it traces when others come that memory has no room for', async () => {
    const agent = await startAgent(lab, {
      natsUrl: nats.url,
      agentId: 'full',
      netns: `${blue.name}-first,${blue.name}`,
      env: { PT_LIMITS_MAX_MEMORY: '300MiB' },
    });
    const first = await lab.namespaceNamed(`${blue.name}-first`);
    await agent.program.untilOutput(/-first is not traced: limits.max-memory has room for 1 namespace/);
    expect((await stateOf(agent)).netns).toEqual([blue.name]);
    await first.remove();
    await agent.program.stop();
  });

  it('tries one again whose ruleset could not be listed at the start', async () => {
    const bin = lab.directory('bin');
    const failing = join(bin, 'failing');
    writeFileSync(failing, '');
    const script = `#!/bin/sh
if [ "$(stat -Lc %i /proc/self/ns/net)" = "$(stat -Lc %i /run/netns/${blue.name})" ] && [ -e ${failing} ]; then
  echo 'no luck' >&2; exit 1
fi
exec ${(await tryRun(['which', 'nft'])).stdout.trim()} "$@"
`;
    writeFileSync(join(bin, 'nft'), script, { mode: 0o755 });
    const agent = await startAgent(lab, {
      natsUrl: nats.url,
      agentId: 'again',
      netns: `${red.name},${blue.name}`,
      env: { PATH: `${bin}:${process.env['PATH']}` },
    });
    await agent.program.untilOutput(/network namespace \S+-blue is not traced: nft cannot list .*no luck/);
    rmSync(failing);
    await agent.program.until('the capture of both', async () => (await stateOf(agent)).netns.length === 2);
    expect(agent.program.stderr).not.toContain('Warning: File descriptor');
  });

  /** A process in the namespace, for its /proc/PID/ns/net. */
  async function holder(namespace: Namespace) {
    const sleeper = lab.start({ name: 'sleep', command: namespace.command('sleep', '600') });
    await sleeper.until('its start in the namespace', () => sleeper.running);
    return sleeper;
  }
});
