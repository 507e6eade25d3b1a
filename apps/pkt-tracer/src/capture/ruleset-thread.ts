import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { enterNamespace, NetlinkSocket, NFNLGRP_NFTABLES, openLibc } from '#netlink';
import { RulesetChanges, RulesetLister, type TableSnapshot } from '#ruleset';
import { type RulesetReport, type RulesetThreadSettings } from './messages.js';

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
  let sent: ReadonlySet<TableSnapshot> = new Set();
  const list = async (): Promise<RulesetReport> => {
    lister ??= open(settings);
    const { generation, tables } = await lister.list();
    const news = tables.map((table) => {
      const { family, name, version } = table;
      return sent.has(table) ? { family, name, version } : table;
    });
    sent = new Set(tables);
    return { kind: 'listed', generation, tables: news };
  };
  port.on('message', () => {
    void list()
      .catch(failed)
      .then((report) => port.postMessage(report));
  });
}

/** nft runs in the namespace of the thread that starts it. */
function open({ netns }: RulesetThreadSettings): RulesetLister {
  const libc = openLibc();
  if (netns) enterNamespace(libc, netns);
  const changes = new RulesetChanges(NetlinkSocket.open(libc, [NFNLGRP_NFTABLES], CHANGES_RING));
  return new RulesetLister(NetlinkSocket.open(libc, [], ANSWER_RING), changes);
}

function failed(error: Error & { op?: string; code?: string }): RulesetReport {
  const { name, op = 'list', code = 'unexpected', message } = error;
  return { kind: 'failed', name, op, code, message };
}

if (parentPort) main(parentPort, workerData as RulesetThreadSettings);
