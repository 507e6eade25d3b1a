import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type CliData,
  cli,
  eventually,
  type Lab,
  openLab,
  parseRows,
  startCliData,
  startHub,
  type Tmux,
} from './support/index.js';
import { describeInTerminal, LivePackets, steadyScreen, UiHome } from './support/ui.js';

describeInTerminal('the terminal screen', () => {
  let lab: Lab;
  let data: CliData;
  let home: UiHome;
  let packets: LivePackets;
  let tmux: Tmux;

  beforeAll(async () => {
    lab = await openLab();
    data = await startCliData(lab);
    packets = await LivePackets.connect(lab, data);
  });
  afterAll(() => lab.close());
  beforeEach(() => {
    home = UiHome.make(lab, data);
  });
  afterEach(() => tmux?.close());

  async function open(width: number, height: number, ...flags: string[]): Promise<void> {
    tmux = await home.terminal({ width, height });
    // What is typed before the shell listens is shown before its prompt.
    await tmux.until(/^\$/);
    await tmux.type(`visor-ui ${flags.join(' ')}`);
    await tmux.until(/● (live|complete)/);
  }

  /** The screen as it is kept: where some of it comes late, once it has come; and then nothing moves any more. */
  async function expectScreen(name: string): Promise<void> {
    const path = join(import.meta.dirname, `golden/ui-${name}.txt`);
    const kept = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    const shown = async (): Promise<string> => steadyScreen(await tmux.screen(), data, home);
    await eventually(shown, (screen) => screen === (kept ?? screen), { timeout_ms: 30_000, stable_ms: 0 });
    const screen = steadyScreen(await tmux.still(), data, home);
    await expect(screen).toMatchFileSnapshot(path);
  }

  async function openForm(): Promise<void> {
    await tmux.keys('f');
    await tmux.until(/Esc leave/);
  }

  /** Leaves a form. */
  async function leave(): Promise<void> {
    await tmux.keys('Escape');
    await tmux.until((screen) => !screen.includes('Esc leave'));
  }

  /** The lines that a cursor is on, each with its number. */
  const marked = (screen: string): string =>
    [...screen.split('\n').entries()].filter(([, line]) => line.includes('▸')).join();

  /** Presses a key once, and waits for what it does to a part of the screen. @returns the screen then */
  async function press(key: string, part = marked): Promise<string> {
    const before = part(await tmux.screen());
    await tmux.keys(key);
    return tmux.until((screen) => part(screen) !== before);
  }

  async function moveTo(line: RegExp, key: 'Up' | 'Down', most = 80): Promise<void> {
    // What a key before these does, if it came later, would be taken for what they do.
    let screen = await tmux.still();
    for (let pressed = 0; pressed < most && !line.test(screen); pressed++) screen = await press(key);
    if (!line.test(screen)) throw new Error(`no ${key} came to ${String(line)}:\n${screen}`);
  }

  it('works in 80x24 and 250x70, follows the window, and says which size it needs', async () => {
    await open(80, 24, '--since', '15m', '--dport', "'!10000-19999'");
    await tmux.until(/● complete/);
    await expectScreen('80x24');
    await tmux.resize(79, 24);
    await tmux.until(/This window has 79x24 cells; visor-ui needs\s+80x24/);
    await tmux.resize(250, 70);
    await tmux.until(/\[Path\] Ruleset {2}Details/);
    await expectScreen('250x70');
    await tmux.keys('F1');
    await tmux.until(/Keys/);
    await expectScreen('keys');
  });

  it('shows what comes, filters to drops, marks the rule, pauses, exports, and leaves the terminal as it was', async () => {
    await open(132, 26);
    await tmux.until(/39 packets, /);
    await tmux.until(/hops? in|1 hop/);
    await expectScreen('live');

    await openForm();
    await moveTo(/▸ fate/, 'Down');
    await tmux.text('dropped');
    await expectScreen('filter');
    await tmux.keys('Enter');
    await tmux.until(/filter: fate=dropped\s*\n.*13 packets, 13 dropped/);
    expect(await tmux.screen()).not.toMatch(/ACC|REJ/);

    await moveTo(/▸.*:8443/, 'Up');
    await tmux.keys('2');
    await tmux.until(/▶ +0 │.*tcp dport 8443 drop/);
    await expectScreen('ruleset');
    await tmux.keys('1');
    await tmux.until(/\[Path\]/);
    await tmux.until(/▶ +0 DROPPED/);
    await expectScreen('path');
    await tmux.keys('3');
    await tmux.until(/4711000000000000042/);
    await expectScreen('details');

    await tmux.keys('Escape');
    await sleep(1000); // so long no sequence of a terminal takes, also where the program is late
    await tmux.keys('p');
    await tmux.until(/PAUSED, 0 held back/);
    await packets.publish(3);
    await tmux.until(/PAUSED, 3 held back/);
    expect(await tmux.screen()).not.toContain(':10001');
    await tmux.keys('p');
    await tmux.until(/:10003/);
    expect(await tmux.screen()).toMatch(/:10001[^]*:10002[^]*:10003/);
    expect(await tmux.screen()).not.toContain('PAUSED');

    await tmux.keys('e');
    await tmux.until(/file:/);
    await tmux.keys('C-u');
    await tmux.text('shown.jsonl');
    await tmux.keys('Enter');
    await tmux.until(/written to .*shown\.jsonl/);
    const rows = parseRows(readFileSync(join(home.directory, 'shown.jsonl'), 'utf8'));
    expect(new Set(rows.map(({ fate }) => fate))).toEqual(new Set(['dropped']));
    expect(rows.map(({ dport }) => dport)).toEqual(expect.arrayContaining([8443, 10_001, 10_002, 10_003]));

    expect([await tmux.value('alternate_on'), await tmux.value('mouse_any_flag')]).toEqual(['1', '1']);
    await tmux.keys('q');
    await tmux.until(/visor-cli ui .*--fate dropped.*\n\$/);
    const ended = ['alternate_on', 'mouse_any_flag', 'cursor_flag'].map((name) => tmux.value(name));
    expect(await Promise.all(ended)).toEqual(['0', '0', '1']);
    await tmux.type('stty -a | grep -o -w -e icanon -e echo | tr "\\n" " "; echo done');
    await tmux.until(/^icanon echo done$/m);
    await expectScreen('after');
  });

  it('takes a value under the cursor, groups, ranges, and a command line that shows the same', async () => {
    await open(132, 36, '--since', '15m', '--order', 'newest-first');
    await tmux.until(/● complete/);
    await tmux.keys('Home');
    await tmux.still();
    let screen = await press('Down');
    const field = (shown: string): string => shown.split('\n')[2] ?? '';
    for (let tried = 0; tried < 9 && !/· fate/.test(screen); tried++) screen = await press('Right', field);
    await tmux.keys('-');
    await tmux.until(/filter: fate=!/);
    await tmux.keys('q');
    const [, line = ''] = /^(visor-cli ui .*)$/m.exec(await tmux.until(/^visor-cli ui /m)) ?? [];
    expect(line).toMatch(/--since 15m .*--fate '?!\w+'?.*--order newest-first/);
    await tmux.type(`clear; ${line} --aggregate-by proto,dport --panel top`);
    await tmux.until(/Groups \d+/);
    await tmux.until(/\[Top\][^]*packets/);
    await tmux.keys('Enter');
    await tmux.until(/filter: .*proto=tcp/);
    await tmux.until(/Flows \d+/);
  });

  it('says what is wrong with a filter, and keeps the old one', async () => {
    await open(100, 30, '--fate', 'dropped', '--dport', '1-9999');
    await tmux.keys('/');
    await tmux.until(/Enter apply/);
    await tmux.keys('C-u');
    await tmux.text('dport == x');
    await tmux.keys('Enter');
    await tmux.until(/column 10: "x" is not a number/);
    await leave();
    expect(await tmux.screen()).toContain('filter: fate=dropped dport=1-9999');
    await openForm();
    await moveTo(/▸ dport/, 'Down');
    await tmux.text('0');
    await tmux.keys('Enter');
    await tmux.until(/"1-99990"/);
    await expectScreen('wrong-filter');
    await leave();
    expect(await tmux.screen()).toContain('filter: fate=dropped dport=1-9999');
  });

  it('goes on without a gap when the hub was killed, and says that it was away', async () => {
    const port = Number(new URL(data.hub.url).port);
    await open(132, 40, '--last', '0', '--query', "'dport >= 10000 and dport < 20000'");
    const from = packets.made;
    await packets.publish(2);
    await tmux.until(new RegExp(`:${10_000 + from + 2}\\b`));
    await data.hub.program.kill('SIGKILL');
    await tmux.until(/● reconnecting in \d+ s/);
    expect(await tmux.screen()).toContain(`:${10_000 + from + 1}`);
    await packets.publish(3);
    await startHub(lab, { natsUrl: data.nats.url, data: data.directory, port });
    await tmux.until(/● live/);
    await packets.publish(2);
    const screen = await tmux.until(/7 packets, 7 dropped/);
    for (let number = 1; number <= 7; number++) expect(screen).toContain(`:${10_000 + from + number}`);
    expect(screen).toContain('no losses');
  });

  it('keeps its columns whatever the data has in it', async () => {
    await open(132, 36, '--last', '0', '--agent-id', 'web1', '--panel', 'details');
    const nasty = '\u001b[2J\u0007日本語\u202eשלום e\u0301 👨‍👩‍👧 \u009b31m';
    await packets.publish(1, { comment: nasty, netns: nasty, chain: nasty, sg_src: '日本,語' });
    await tmux.until(/Flows 1/);
    await tmux.keys('Enter');
    const screen = await tmux.until(/日本/);
    const body = screen.split('\n').slice(3, 35);
    expect(body.filter((line) => !line.includes('│'))).toEqual([]);
    expect(screen).toContain('\\x1b[2J');
    expect(screen).toContain('● live');
  });

  it('takes the mouse', async () => {
    await open(132, 36, '--since', '15m');
    await tmux.until(/● complete/);
    await tmux.mouse('press', 10, 5);
    await tmux.until((screen) => screen.split('\n')[5]?.startsWith('▸') ?? false);
    const tab = (await tmux.screen()).split('\n')[2] ?? '';
    await tmux.mouse('press', tab.indexOf('Details') + 1, 2);
    await tmux.until(/\[Details\]/);
    await tmux.mouse('wheel-down', 10, 5);
    await tmux.until((screen) => screen.split('\n')[8]?.startsWith('▸') ?? false);
  });

  it('gives the terminal back on Ctrl-Z, comes back with fg, and ends on a signal', async () => {
    await open(80, 24);
    await tmux.keys('C-z');
    await tmux.until(/Stopped/);
    expect(await tmux.value('alternate_on')).toBe('0');
    await tmux.type('fg');
    await tmux.until(/● live[^]*F1 help/);
    process.kill(Number(await tmux.foreground()), 'SIGTERM');
    await tmux.until(/^visor-cli ui .*\n\$$/m);
    expect([await tmux.value('alternate_on'), await tmux.value('cursor_flag')]).toEqual(['0', '1']);
  });

  it('refuses a pipe, and tells the command that prints', async () => {
    const { code, stdout, stderr } = await cli(data.hub.url, 'ui', '--fate', 'dropped');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('needs a terminal');
    expect(stderr).toMatch(/visor-cli watch -f .*--fate dropped/);
  });
});
