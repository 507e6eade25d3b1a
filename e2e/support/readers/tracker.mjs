// What the ruleset thread of the agent has, for scripts: a tracker of the network namespace that they run in.
import { NetlinkSocket, NFNLGRP_NFTABLES, openLibc, systemClock } from '#netlink';
import { nft, Notifications, Printer, RulesetTracker } from '#ruleset';

/** @returns the tracker once it has started, the versions that it has told, and what nft was asked for */
export async function startTracker(maxSetElements = 1000) {
  const libc = openLibc();
  const clock = systemClock(libc);
  const changes = { slots: 32, slotBytes: 65_536, bufferBytes: 64 * 2 ** 20 };
  const answers = { slots: 16, slotBytes: 65_536, bufferBytes: 2 ** 20 };
  const versions = [];
  const asked = [];
  const source = {
    notifications: new Notifications(NetlinkSocket.open(libc, [NFNLGRP_NFTABLES], changes)),
    socket: NetlinkSocket.open(libc, [], answers),
    printer: new Printer((args) => {
      asked.push(args.slice(4).join(' '));
      return nft(args);
    }),
    maxSetElements,
    now_us: () => clock.now_us(),
  };
  const failed = (error) => {
    throw error;
  };
  const tracker = new RulesetTracker(source, { version: (version) => versions.push(version), failed });
  await tracker.start();
  return { tracker, versions, asked };
}
