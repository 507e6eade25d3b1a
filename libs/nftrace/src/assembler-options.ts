import { type BatchData } from '#columns';
import { type Discards } from './selection.js';

/** Writes columns of a segment that are known from its others; see libs/sgroups. */
export interface Enrichment {
  enrich(data: BatchData, segment: number): void;
}

export interface AssemblerOptions {
  /** Events, base-chain evaluations and packets that may be open at a time */
  maxHops: number;
  maxPackets: number;
  /** A packet is closed this long after its last event */
  idle_ms: number;
  /** A longer way is cut here: its rows must fit into one batch */
  maxHopsPerPacket: number;
  /** How long closed packets wait for a listing of the ruleset that is under way: 50,000 rules take seconds */
  maxRulesetWait_ms: number;
  /** Which packets are asked for, as `onlyMask` has it; 0 = all */
  only: number;
  /** Packets a second whose rows are published, drops always; 0 = all. Asked again and again. */
  maxPacketsPerSecond: () => number;
  /** What is known of addresses beside their headers */
  enrichment: Enrichment;
}

export const defaultAssemblerOptions: AssemblerOptions = {
  maxHops: 65_536,
  maxPackets: 32_768,
  idle_ms: 20,
  maxHopsPerPacket: 4096,
  maxRulesetWait_ms: 30_000,
  only: 0,
  maxPacketsPerSecond: () => 0,
  enrichment: { enrich: () => undefined },
};

/** What the assembler counts, for the agent's counters. */
export interface AssemblerCounts extends Discards {
  packets: number;
  /** Packets closed before their time because all slots were taken */
  evicted: number;
  /** Events that only said that a chain had ended: the event after them took their row */
  merged: number;
}
