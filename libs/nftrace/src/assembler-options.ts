import { type Discards } from './selection.js';

export interface AssemblerOptions {
  /** Events, base-chain evaluations and packets that may be open at a time */
  maxHops: number;
  maxPackets: number;
  /** A packet is closed this long after its last event */
  idle_ms: number;
  /** A longer way is cut here: its rows must fit into one batch */
  maxHopsPerPacket: number;
  /** How long closed packets wait for a listing of the ruleset that is under way */
  maxRulesetWait_ms: number;
  /** Which packets are asked for, as `onlyMask` has it; 0 = all */
  only: number;
  /** Packets a second whose rows are published, drops always; 0 = all. Asked again and again. */
  maxPacketsPerSecond: () => number;
}

export const defaultAssemblerOptions: AssemblerOptions = {
  maxHops: 65_536,
  maxPackets: 32_768,
  idle_ms: 20,
  maxHopsPerPacket: 4096,
  maxRulesetWait_ms: 2_000,
  only: 0,
  maxPacketsPerSecond: () => 0,
};

/** What the assembler counts, for the agent's counters. */
export interface AssemblerCounts extends Discards {
  packets: number;
  /** Packets closed before their time because all slots were taken */
  evicted: number;
  /** Events that only said that a chain had ended: the event after them took their row */
  merged: number;
}
