import {
  type NetlinkError,
  NFGENMSG_LEN,
  NFNL_SUBSYS_NFTABLES,
  NLM_F_APPEND,
  request,
  type RequestSocket,
} from '#netlink';
import { Attributes, stringAttribute } from './attributes.js';
import * as C from './constants.js';
import { RulesetModel, StepReader } from './model.js';

export interface KernelRuleset {
  generation: number;
  model: RulesetModel;
  /** Whether all of it is of that generation */
  whole: boolean;
}

/** Dumps while the ruleset changes are begun again this often before what was read is taken as it is. */
const ATTEMPTS = 5;
const RETRY_WITHIN_MS = 1000;

/**
 * Reads tables, chains, rules, sets and objects from the kernel, without texts.
 * @throws NetlinkError
 */
export function readKernelRuleset(socket: RequestSocket): KernelRuleset {
  const retryUntil_ms = performance.now() + RETRY_WITHIN_MS;
  for (let attempt = 1; ; attempt++) {
    const generation = readGeneration(socket);
    const { model, whole } = readTables(socket);
    if (whole && readGeneration(socket) === generation) return { generation, model, whole };
    const last = attempt === ATTEMPTS || performance.now() > retryUntil_ms;
    if (last) return { generation, model, whole: false };
  }
}

/** @returns the kernel's number of the ruleset that is in force. @throws NetlinkError */
export function readGeneration(socket: RequestSocket): number {
  let generation = 0;
  ask(socket, C.NFT_MSG_GETGEN, {}, false, (_, a) => (generation = a.u32(C.NFTA_GEN_ID)));
  return generation;
}

/** What is dumped, in the order in which each needs the others, and as what a notification tells of it */
const DUMPS = [
  [C.NFT_MSG_GETTABLE, C.NFT_MSG_NEWTABLE],
  [C.NFT_MSG_GETCHAIN, C.NFT_MSG_NEWCHAIN],
  [C.NFT_MSG_GETSET, C.NFT_MSG_NEWSET],
  [C.NFT_MSG_GETOBJ, C.NFT_MSG_NEWOBJ],
  [C.NFT_MSG_GETFLOWTABLE, C.NFT_MSG_NEWFLOWTABLE],
  [C.NFT_MSG_GETRULE, C.NFT_MSG_NEWRULE],
] as const;

function readTables(socket: RequestSocket): { model: RulesetModel; whole: boolean } {
  const model = new RulesetModel();
  const reader = new StepReader();
  let whole = true;
  const read = (get: number, as: number, scope: Scope = {}): boolean =>
    dump(socket, get, scope, (nfproto, a) => reader.read(as, NLM_F_APPEND, nfproto, a)?.(model));
  for (const [get, as] of DUMPS) whole = ifKnown(() => read(get, as)) && whole;
  // what is looked up in a rule's own set is part of the rule
  for (const { nfproto, raw: table, anonymousSets } of model.tables) {
    for (const { raw: set } of anonymousSets) {
      const elements = (): boolean =>
        read(C.NFT_MSG_GETSETELEM, C.NFT_MSG_NEWSETELEM, { nfproto, table, set });
      whole = ifThere(elements) && whole;
    }
  }
  return { model, whole };
}

interface Scope {
  /** 0 or absent: of all families */
  nfproto?: number;
  /** Raw names; absent: of all */
  table?: string;
  set?: string;
}

type Take = (nfproto: number, attributes: Attributes) => void;

/** Asks for all objects of a kind. @returns false when they changed meanwhile @throws NetlinkError */
export function dump(socket: RequestSocket, type: number, scope: Scope, take: Take): boolean {
  return ask(socket, type, scope, true, take);
}

function ask(socket: RequestSocket, type: number, scope: Scope, all: boolean, take: Take): boolean {
  const { nfproto = 0, table, set } = scope;
  const message = (NFNL_SUBSYS_NFTABLES << 8) | type;
  const body = Buffer.concat([
    Buffer.from([nfproto, 0, 0, 0]),
    ...(table === undefined ? [] : [stringAttribute(C.NFTA_OBJECT_TABLE, table)]),
    ...(set === undefined ? [] : [stringAttribute(C.NFTA_SET_ELEM_LIST_SET, set)]),
  ]);
  return request(socket, message, body, all, (bytes, at, end) => {
    take(bytes[at] ?? 0, new Attributes(bytes, at + NFGENMSG_LEN, end));
  });
}

/** A kernel older than an object has none of it. */
function ifKnown(dump: () => boolean): boolean {
  return unless(['EINVAL', 'EOPNOTSUPP'], true, dump);
}

/** What was deleted meanwhile is no longer there to be read. */
function ifThere(dump: () => boolean): boolean {
  return unless(['ENOENT'], false, dump);
}

function unless(codes: readonly string[], otherwise: boolean, dump: () => boolean): boolean {
  try {
    return dump();
  } catch (error) {
    if (codes.includes((error as NetlinkError).code)) return otherwise;
    throw error;
  }
}
