import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  clientAndWeb,
  connectTcp,
  describeAsRoot,
  Disk,
  ethernet,
  etherTypes,
  ipv4,
  Lab,
  Nats,
  type Namespace,
  NftMonitor,
  openLab,
  parseMonitor,
  protocols,
  sendFrames,
  sendUdp,
  startTcpServer,
  sweepDirectories,
  sweepNamespaces,
  tryRun,
  udp,
} from './support/index.js';

const ruleset = `
table inet t {
  counter dns { }
  chain raw {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto udp meta nftrace set 1
  }
  chain in {
    type filter hook input priority filter; policy accept;
    meta l4proto udp jump services
    tcp dport 23 drop
    tcp dport 25 reject with tcp reset
  }
  chain services {
    udp dport 53 counter name dns accept comment "names"
    udp dport 54 drop
  }
}
table netdev early {
  counter tagged { }
  chain ingress {
    type filter hook ingress device "wan" priority 0; policy accept;
    vlan id 7 counter name tagged
  }
}`;

describeAsRoot('the support of the end-to-end tests', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;

  beforeEach(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab, { ipv6: true }));
    await web.nft(ruleset);
  });

  afterEach(() => lab.close());

  it('sends the datagrams that it was asked for, and the kernel counts them', async () => {
    const sent4 = await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 53, count: 30 }] });
    const sent6 = await sendUdp(client, { to: 'fd09::2', flows: [{ sport: 4000, dport: 53, count: 20 }] });
    expect([sent4, sent6]).toEqual([30, 20]);
    expect((await web.counters()).get('dns')?.packets).toBe(50);
  });

  it('tells what became of each TCP connection', async () => {
    await startTcpServer(lab, web, 80);
    expect(await connectTcp(client, { to: '10.9.0.2', dport: 80, sports: [5001, 5002] })).toEqual([
      'echoed',
      'echoed',
    ]);
    expect(await connectTcp(client, { to: 'fd09::2', dport: 80, sports: [5001] })).toEqual(['echoed']);
    expect(await connectTcp(client, { to: '10.9.0.2', dport: 25, sports: [5001] })).toEqual(['ECONNREFUSED']);
    expect(await connectTcp(client, { to: '10.9.0.2', dport: 23, sports: [5001], timeoutMs: 100 })).toEqual([
      'timeout',
    ]);
  });

  it('reads nft monitor trace as packets with their rules', async () => {
    const monitor = await NftMonitor.start(lab, web);
    const flows = [
      { sport: 4000, dport: 53, count: 3 },
      { sport: 4001, dport: 54, count: 3 },
    ];
    await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 2 });
    const packets = await monitor.untilPackets(6);
    const last = packets.map(({ events }) => events.at(-1));
    expect(last.map((event) => event?.verdict)).toEqual([
      'accept',
      'drop',
      'accept',
      'drop',
      'accept',
      'drop',
    ]);
    expect(last[0]).toEqual({
      family: 'inet',
      table: 't',
      chain: 'services',
      type: 'rule',
      rule: 'udp dport 53 counter name "dns" accept comment "names"',
      handle: Number(/comment "names" # handle (\d+)/.exec(await web.ruleset())?.[1]),
      verdict: 'accept',
      target: '',
    });
    expect(packets[0]?.events.map(({ chain, verdict, target }) => [chain, verdict, target])).toEqual([
      ['raw', 'continue', ''],
      ['raw', 'accept', ''],
      ['in', 'jump', 'services'],
      ['services', 'accept', ''],
    ]);
  });

  it('sends frames as they are, VLAN tag and all', async () => {
    const [dst, src] = [await web.mac('wan'), await client.mac('eth0')];
    const packet = ipv4(
      { src: '10.9.0.1', dst: '10.9.0.2', protocol: protocols.udp },
      udp(4000, 53, Buffer.from('x')),
    );
    await sendFrames(client, 'eth0', [
      ethernet({ dst, src, type: etherTypes.ip }, packet),
      ethernet({ dst, src, type: etherTypes.ip, vlan: 7 }, packet),
    ]);
    const counters = await web.counters();
    expect(counters.get('dns')?.packets).toBe(1);
    expect(counters.get('tagged')?.packets).toBe(1);
  });

  it('starts nats-server, which answers again after a crash', async () => {
    const nats = await Nats.start(lab);
    await nats.kill();
    await nats.restart();
    expect(nats.url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
  });

  it('removes a namespace that is being made when it is closed', async () => {
    const made = lab.namespace('late');
    await lab.close();
    await made.catch(() => undefined);
    const left = readdirSync('/run/netns').filter((name) => name.startsWith(`visor-test-${process.pid}-`));
    expect(left).toEqual([]);
  });

  it('leaves nothing behind', async () => {
    const nats = lab.start({ name: 'sleeper', command: web.command('sleep', '1000') });
    const directory = lab.directory('x');
    await lab.close();
    expect(nats.running).toBe(false);
    expect(existsSync(directory)).toBe(false);
    const left = readdirSync('/run/netns').filter((name) => name.startsWith(`visor-test-${process.pid}-`));
    expect(left).toEqual([]);
  });

  it('sweeps what a dead run left, and nothing else', async () => {
    // The pid of a process that has ended; the kernel hands out a few thousand others before it comes again.
    const dead = (await tryRun(['sh', '-c', 'echo $$'])).stdout.trim();
    await tryRun(['ip', 'netns', 'add', `visor-test-${dead}-abcdef-1-x`]);
    // The files of a run sweep side by side, here as well as elsewhere at this moment.
    await Promise.all([sweepNamespaces(), sweepNamespaces(), sweepNamespaces()]);
    expect(existsSync(`/run/netns/visor-test-${dead}-abcdef-1-x`)).toBe(false);
    expect(existsSync(`/run/netns/${web.name}`)).toBe(true);
  });

  it('sweeps the directories of a dead run, with what is mounted in them', async () => {
    const dead = (await tryRun(['sh', '-c', 'echo $$'])).stdout.trim();
    const stale = join(tmpdir(), `visor-test-${dead}-x-abcdef`);
    const disk = await Disk.inMemory(lab, join(stale, 'disk'), 1);
    writeFileSync(join(disk.path, 'file'), 'x');
    const kept = lab.directory('kept');
    await sweepDirectories();
    expect([existsSync(stale), existsSync(kept)]).toEqual([false, true]);
  });
});

it('makes nothing in a lab that is being closed', async () => {
  const lab = new Lab();
  lab.start({ name: 'sleeper', command: ['sleep', '1000'] });
  const closed = lab.close();
  expect(() => lab.start({ name: 'sleeper', command: ['sleep', '1000'] })).toThrow('being closed');
  expect(() => lab.directory('x')).toThrow('being closed');
  await expect(lab.namespace('x')).rejects.toThrow('being closed');
  await closed;
});

it('ends at once a program that was stopped', async () => {
  const lab = new Lab();
  const program = lab.start({ name: 'sleeper', command: ['sleep', '1000'] });
  process.kill(program.pid, 'SIGSTOP');
  const began_ms = Date.now();
  await lab.close();
  expect(program.running).toBe(false);
  // the force that comes after 15 s was not needed
  expect(Date.now() - began_ms).toBeLessThan(14_000);
});

it('closes a lab once, in order, whoever asks', async () => {
  const lab = new Lab();
  const done: string[] = [];
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  lab.defer(() => void done.push('directory'));
  lab.defer(async () => {
    await held;
    done.push('program');
  });
  const closed = [lab.close(), lab.close().then(() => done.push('closed'))];
  goOn();
  await Promise.all(closed);
  expect(done).toEqual(['program', 'directory', 'closed']);
});

it('starts another packet where the kernel reuses an id', () => {
  const line = (rest: string) => `trace id 0000000a inet t in ${rest} `;
  const packets = parseMonitor([
    line('packet: iif "a" ip saddr 10.0.0.1 ip id 1 ip protocol udp ip length 31 udp dport 53'),
    line('rule udp dport 53 accept # handle 4 (verdict accept)'),
    line('packet: iif "a" ip saddr 10.0.0.1 ip id 2 ip protocol udp ip length 31 udp dport 53'),
    line('policy drop meta mark 0x000000d4'),
  ]);
  expect(packets.map(({ events }) => events.map(({ verdict }) => verdict))).toEqual([['accept'], ['drop']]);
});
