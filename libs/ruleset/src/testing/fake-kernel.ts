import {
  type MessageSource,
  netlinkMessage,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_MULTI,
  NLMSG_DONE,
  type RequestSocket,
  u16le,
  u32le,
} from '#netlink';
import { ScriptedSource } from '#testing/netlink';
import { eachAttribute, stringAttribute } from '../attributes.js';
import * as C from '../constants.js';

export interface FakeRule {
  handle: number;
  comment?: string;
  expressions?: string[];
}

export interface FakeChain {
  name: string;
  handle: number;
  /** Number of the hook and priority; absent = no base chain */
  hook?: [number: number, priority: number];
  device?: string;
  rules: FakeRule[];
}

export interface FakeTable {
  nfproto: number;
  name: string;
  handle: number;
  chains: FakeChain[];
  /** Handles */
  sets?: number[];
}

/** Answers dumps of nf_tables as the kernel does. Names are bytes as latin1. */
export class FakeKernel implements RequestSocket {
  generation = 1;
  tables: FakeTable[] = [];
  /** What was asked for: message types, with the table where one was named */
  readonly asked: string[] = [];
  #answer = new ScriptedSource();

  get ring(): MessageSource['ring'] {
    return this.#answer.ring;
  }

  receive(timeout_ms: number): ReturnType<MessageSource['receive']> {
    return this.#answer.receive(timeout_ms);
  }

  send(message: Uint8Array): void {
    const type = u16le(message, 4) & 0xff;
    let table = '';
    eachAttribute(message, 20, u32le(message, 0), (_, at, end) => {
      table = Buffer.from(message.subarray(at, end - 1)).toString('latin1');
    });
    this.asked.push(table === '' ? String(type) : `${type} ${table}`);
    this.#answer = new ScriptedSource();
    if (type === C.NFT_MSG_GETGEN) {
      this.#answer.add([object(0, [number32(C.NFTA_GEN_ID, this.generation)], 0)]);
      return;
    }
    this.#answer.add([
      ...this.#objects(type, table),
      netlinkMessage(NLMSG_DONE, NLM_F_MULTI, Buffer.alloc(4)),
    ]);
  }

  #objects(type: number, only: string): Buffer[] {
    return this.tables.flatMap((table) => {
      if (only !== '' && only !== table.name) return [];
      const of = stringAttribute(1, table.name);
      if (type === C.NFT_MSG_GETTABLE)
        return [object(table.nfproto, [of, number64(C.NFTA_TABLE_HANDLE, table.handle)])];
      if (type === C.NFT_MSG_GETSET)
        return (table.sets ?? []).map((handle) =>
          object(table.nfproto, [of, number64(C.NFTA_SET_HANDLE, handle)]),
        );
      if (type === C.NFT_MSG_GETCHAIN)
        return table.chains.map((c) => object(table.nfproto, [of, ...chain(c)]));
      if (type !== C.NFT_MSG_GETRULE) return [];
      return table.chains.flatMap((c) =>
        c.rules.map((r) =>
          object(table.nfproto, [of, stringAttribute(C.NFTA_RULE_CHAIN, c.name), ...rule(r)]),
        ),
      );
    });
  }
}

/** @returns a notification of a rule as the kernel sends it when a transaction is committed */
export function ruleMessage(
  what: 'new' | 'deleted',
  [nfproto, table, chain]: readonly [number, string, string],
  fake: FakeRule,
): Buffer {
  const type = what === 'new' ? C.NFT_MSG_NEWRULE : C.NFT_MSG_DELRULE;
  const names = [stringAttribute(1, table), stringAttribute(C.NFTA_RULE_CHAIN, chain)];
  const flags = what === 'new' ? NLM_F_APPEND | NLM_F_CREATE : 0;
  return object(nfproto, [...names, ...rule(fake)], flags, type);
}

/** @returns the notification that ends a transaction */
export function generationMessage(generation: number): Buffer {
  return object(0, [number32(C.NFTA_GEN_ID, generation)], 0, C.NFT_MSG_NEWGEN);
}

/** @returns the notification of a set's elements */
export function elementsMessage(nfproto: number, table: string, set: string): Buffer {
  const names = [stringAttribute(1, table), stringAttribute(C.NFTA_SET_ELEM_LIST_SET, set)];
  return object(nfproto, names, 0, C.NFT_MSG_NEWSETELEM);
}

function chain({ name, handle, hook, device }: FakeChain): Buffer[] {
  const base = hook && [
    attribute(
      C.NFTA_CHAIN_HOOK,
      Buffer.concat([
        number32(C.NFTA_HOOK_HOOKNUM, hook[0]),
        number32(C.NFTA_HOOK_PRIORITY, hook[1]),
        ...(device === undefined ? [] : [stringAttribute(C.NFTA_HOOK_DEV, device)]),
      ]),
    ),
    number32(C.NFTA_CHAIN_POLICY, 1),
    stringAttribute(C.NFTA_CHAIN_TYPE, 'filter'),
  ];
  return [stringAttribute(C.NFTA_CHAIN_NAME, name), number64(C.NFTA_CHAIN_HANDLE, handle), ...(base ?? [])];
}

function rule({ handle, comment, expressions = [] }: FakeRule): Buffer[] {
  const list = expressions.map((name) => attribute(1, stringAttribute(C.NFTA_EXPR_NAME, name)));
  const told = comment === undefined ? [] : [userData(comment)];
  return [
    number64(C.NFTA_RULE_HANDLE, handle),
    attribute(C.NFTA_RULE_EXPRESSIONS, Buffer.concat(list)),
    ...told,
  ];
}

function userData(comment: string): Buffer {
  const value = Buffer.from(`${comment}\0`, 'latin1');
  return attribute(C.NFTA_RULE_USERDATA, Buffer.concat([Buffer.of(0, value.length), value]));
}

function object(nfproto: number, attributes: readonly Buffer[], flags = NLM_F_MULTI, type = 0): Buffer {
  return netlinkMessage(0x0a00 | type, flags, Buffer.concat([Buffer.of(nfproto, 0, 0, 0), ...attributes]));
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

function number32(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return attribute(type, bytes);
}

function number64(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return attribute(type, bytes);
}
