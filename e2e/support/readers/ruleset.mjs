// Prints the tables of the network namespace that it runs in, as the agent knows them, as JSON.
import { NetlinkSocket, NFNLGRP_NFTABLES, openLibc } from '#netlink';
import { RulesetChanges, RulesetLister, unpackRules } from '#ruleset';

const libc = openLibc();
const ring = { slots: 16, slotBytes: 65_536, bufferBytes: 2 ** 20 };
const changes = new RulesetChanges(NetlinkSocket.open(libc, [NFNLGRP_NFTABLES], ring));
const { tables } = await new RulesetLister(NetlinkSocket.open(libc, [], ring), changes).list();
console.log(JSON.stringify(tables.map((table) => ({ ...table, rules: unpackRules(table.rules) }))));
