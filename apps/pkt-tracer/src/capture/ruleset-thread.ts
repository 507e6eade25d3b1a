import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import {
  enterNamespace,
  NetlinkSocket,
  NFNLGRP_NFTABLES,
  openLibc,
  type SocketOptions,
  systemClock,
} from '#netlink';
import { Notifications, Printer, RulesetTracker, type RulesetVersion, type TableSnapshot } from '#ruleset';
import { type RulesetCommand, type RulesetReport, type RulesetThreadSettings } from './messages.js';

/** A dump comes in parts of up to 32 KiB (NLMSG_GOODSIZE limits in net/netlink/af_netlink.c). */
const ANSWER_RING = { slots: 16, slotBytes: 65_536, bufferBytes: 2 ** 20 };
/**
 * Notifications of one transaction come many to a message, up to a page (NLMSG_GOODSIZE); one alone may be longer. The
 * buffer has room for what comes while this thread dumps and searches 50,000 rules.
 */
const CHANGES_RING = { slots: 32, slotBytes: 65_536, bufferBytes: 64 * 2 ** 20 };

/** Entry of the thread that follows the ruleset: the main thread publishes and answers meanwhile. */
function main(port: MessagePort, settings: RulesetThreadSettings): void {
  const sockets: NetlinkSocket[] = [];
  const post = (report: RulesetReport): void => port.postMessage(report);
  const teller = new Teller(post);
  let tick: () => void = () => undefined;
  port.on('message', (command: RulesetCommand) => {
    if (command === 'changed') return tick();
    // they outlive the thread, and a socket keeps its network namespace
    for (const socket of sockets) socket.close();
    process.exit();
  });
  begin(settings, sockets, teller)
    .then((tracker) => {
      let timer: NodeJS.Timeout | undefined;
      tick = () => {
        clearTimeout(timer);
        timer = setTimeout(tick, tracker.tick());
      };
      tick();
    })
    .catch((error: Error) => teller.failed(error));
}

/** Tables that are as they were told last are named only. */
class Teller {
  #told: ReadonlySet<TableSnapshot> = new Set();

  constructor(private readonly post: (report: RulesetReport) => void) {}

  version({ tables, ...version }: RulesetVersion): void {
    const news = tables.map((table) => {
      const { family, name, version: hash } = table;
      return this.#told.has(table) ? { family, name, version: hash } : table;
    });
    this.#told = new Set(tables);
    this.post({ kind: 'version', ...version, tables: news });
  }

  failed({ name, op = 'list', code = 'unexpected', message }: Error & { op?: string; code?: string }): void {
    this.post({ kind: 'failed', name, op, code, message });
  }
}

/** nft runs in the namespace of the thread that starts it. */
async function begin(
  { netns, maxSetElements }: RulesetThreadSettings,
  sockets: NetlinkSocket[],
  teller: Teller,
): Promise<RulesetTracker> {
  const libc = openLibc();
  if (netns) enterNamespace(libc, netns);
  const opened = (groups: number[], options: SocketOptions): NetlinkSocket => {
    const socket = NetlinkSocket.open(libc, groups, options);
    sockets.push(socket);
    return socket;
  };
  const clock = systemClock(libc);
  const source = {
    notifications: new Notifications(opened([NFNLGRP_NFTABLES], CHANGES_RING)),
    socket: opened([], ANSWER_RING),
    printer: new Printer(),
    maxSetElements,
    now_us: () => clock.now_us(),
  };
  const tracker = new RulesetTracker(source, teller);
  await tracker.start();
  return tracker;
}

if (parentPort) main(parentPort, workerData as RulesetThreadSettings);
