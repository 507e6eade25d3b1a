import { type ElementSum } from './element-sum.js';
import { type ChainSnapshot } from './snapshot.js';

/**
 * What the kernel itself says of a table at one generation. Raw names are the kernel's bytes, one character each. A
 * `content` tells what nft prints: equal contents are printed alike but for names and handles.
 */
export interface KernelTable {
  /** See tableKey */
  key: string;
  /** NFPROTO_… and nft's word for it */
  nfproto: number;
  family: string;
  raw: string;
  /** Unique among all tables there ever were: a table that is deleted and made again has another */
  handle: number;
  /** Of its flags and comment */
  content: string;
  chains: readonly KernelChain[];
  /** Sets, maps, objects and flowtables, in the order in which nft prints them */
  objects: readonly KernelObject[];
}

export interface KernelChain {
  raw: string;
  handle: number;
  facts: ChainSnapshot;
  comment: string;
  content: string;
  /** A chain of a rule's own, which nft prints within the rule */
  inline: boolean;
  rules: readonly KernelRule[];
}

export interface KernelRule {
  handle: number;
  comment: string;
  rejects: boolean;
  /** Of its expressions, and of the sets and chains that they name */
  content: string;
  /** Chains of its own, by raw name */
  inner: readonly string[];
  /** How nft prints it, once that is known: see Phrases */
  statements?: string | undefined;
}

export interface KernelObject {
  /** As nft calls it: set, map, counter, flowtable, …; '' where that is not known */
  kind: string;
  raw: string;
  handle: number;
  content: string;
  /** NFT_SET_… of sets and maps */
  flags: number;
  /** nft's numbers of the types of their keys and values (enum datatypes); 0 where there is none */
  keyType: number;
  dataType: number;
  /** A set within a rule, which nft prints there */
  anonymous: boolean;
  /** Of anonymous sets; of others nothing is summed */
  elements: ElementSum;
}
