import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { enterNamespace, NetlinkSocket, NFNLGRP_NFTABLES, openLibc, type SocketOptions } from '#netlink';
import { RulesetChanges, RulesetLister, type TableSnapshot } from '#ruleset';
import { type RulesetCommand, type RulesetReport, type RulesetThreadSettings } from './messages.js';

/** A dump comes in parts of up to 32 KiB (NLMSG_GOODSIZE limits in net/netlink/af_netlink.c). */
const ANSWER_RING = { slots: 16, slotBytes: 65_536, bufferBytes: 2 ** 20 };
/** Notifications of one transaction come many to a message, up to a page (NLMSG_GOODSIZE); one alone may be longer. */
const CHANGES_RING = { slots: 64, slotBytes: 16_384, bufferBytes: 4 * 2 ** 20 };

/**
 * Entry of the thread that lists the ruleset, whenever it is told to: 50,000 rules take seconds, in which the main
 * thread publishes and answers.
 */
function main(port: MessagePort, settings: RulesetThreadSettings): void {
  let lister: RulesetLister | undefined;
  const sockets: NetlinkSocket[] = [];
  let sent: ReadonlySet<TableSnapshot> = new Set();
  const list = async (): Promise<RulesetReport> => {
    lister ??= open(settings, sockets);
    const { generation, tables } = await lister.list();
    const news = tables.map((table) => {
      const { family, name, version } = table;
      return sent.has(table) ? { family, name, version } : table;
    });
    sent = new Set(tables);
    return { kind: 'listed', generation, tables: news };
  };
  port.on('message', (command: RulesetCommand) => {
    if (command === 'stop') {
      // they outlive the thread, and a socket keeps its network namespace
      for (const socket of sockets) socket.close();
      return process.exit();
    }
    void list()
      .catch(failed)
      .then((report) => port.postMessage(report));
  });
}

/** nft runs in the namespace of the thread that starts it. */
function open({ netns }: RulesetThreadSettings, sockets: NetlinkSocket[]): RulesetLister {
  const libc = openLibc();
  if (netns) enterNamespace(libc, netns);
  const opened = (groups: number[], options: SocketOptions): NetlinkSocket => {
    const socket = NetlinkSocket.open(libc, groups, options);
    sockets.push(socket);
    return socket;
  };
  for (const socket of sockets.splice(0)) socket.close(); // of an attempt that failed
  const changes = new RulesetChanges(opened([NFNLGRP_NFTABLES], CHANGES_RING));
  return new RulesetLister(opened([], ANSWER_RING), changes);
}

function failed(error: Error & { op?: string; code?: string }): RulesetReport {
  const { name, op = 'list', code = 'unexpected', message } = error;
  return { kind: 'failed', name, op, code, message };
}

if (parentPort) main(parentPort, workerData as RulesetThreadSettings);
