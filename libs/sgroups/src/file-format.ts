import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Network, type SecurityGroup } from './data.js';
import { SgroupsError } from './errors.js';

/** What has been read of a file so far */
export interface FileData {
  networks: Network[];
  groups: SecurityGroup[];
}

/** The form of the file, as the service's messages are in YAML; keys that Visor does not use are allowed. */
const KEYS = {
  file: ['networks', 'groups'],
  network: ['name', 'network'],
  prefix: ['CIDR'],
  group: ['name', 'networks', 'default_action', 'trace', 'logs'],
} as const;

/** Text of a file, or a piece of it. */
export interface Piece {
  readonly text: string;
  /** Lines of the file before it */
  readonly linesBefore: number;
}

/**
 * Reads a YAML document of networks and groups, and adds what it has to `into`.
 * @param path the file's name, for errors
 * @throws SgroupsError `malformed`, naming line and key
 */
export function readYaml({ text, linesBefore }: Piece, path: string, into: FileData): void {
  new DocumentReader(path, text, linesBefore).read(into);
}

class DocumentReader {
  readonly #lines = new LineCounter();
  #document: Document | undefined;

  constructor(
    private readonly path: string,
    private readonly text: string,
    private readonly linesBefore: number,
  ) {}

  read(into: FileData): void {
    const document = parseDocument(this.text, { lineCounter: this.#lines, prettyErrors: false });
    this.#document = document;
    const [fault] = [...document.errors, ...document.warnings];
    if (fault) this.#refuseAt(fault.pos[0], `is no YAML: ${fault.message}`);
    if (document.contents === null) this.#refuseAt(0, 'is empty; an empty list is written networks: []');
    const root = this.#map(document.contents, 'file', KEYS.file);
    for (const node of this.#list(root.get('networks'), 'networks')) into.networks.push(this.#network(node));
    for (const node of this.#list(root.get('groups'), 'groups')) into.groups.push(this.#group(node));
  }

  #network(node: Node | null): Network {
    const where = 'networks';
    const fields = this.#map(node, where, KEYS.network);
    const name = this.#text(node, fields, 'name', where);
    const prefix = fields.get('network') ?? this.#refuse(node, `${where}: key network is missing`);
    const cidr = this.#map(prefix, `${where}.network`, KEYS.prefix);
    return { name, cidr: this.#text(prefix, cidr, 'CIDR', `${where}.network`) };
  }

  #group(node: Node | null): SecurityGroup {
    const where = 'groups';
    const fields = this.#map(node, where, KEYS.group);
    const name = this.#text(node, fields, 'name', where);
    const list = `${where}.networks`;
    const networks = this.#list(fields.get('networks'), list).map((item) => this.#string(item, list));
    return { name, networks };
  }

  #map(given: Node | null | undefined, where: string, keys: readonly string[]): Map<string, Node | null> {
    const node = this.#resolved(given);
    if (!isMap(node)) return this.#refuse(node, `${where}: here is no map with ${keys.join(', ')}`);
    const found = new Map<string, Node | null>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (!keys.includes(name)) {
        this.#refuse(
          key as Node,
          `${where}: key ${name} is not known; the known ones are ${keys.join(', ')}`,
        );
      }
      found.set(name, value as Node | null);
    }
    return found;
  }

  /** A list that is absent or has no value is empty. */
  #list(given: Node | null | undefined, where: string): (Node | null)[] {
    const node = this.#resolved(given);
    if (node === undefined || node === null || (isScalar(node) && node.value === null)) return [];
    if (!isSeq(node)) return this.#refuse(node, `${where} is not a list`);
    return node.items as (Node | null)[];
  }

  #text(parent: Node | null, fields: Map<string, Node | null>, key: string, where: string): string {
    if (!fields.has(key)) return this.#refuse(parent, `${where}: key ${key} is missing`);
    return this.#string(fields.get(key), `${where}.${key}`);
  }

  /** Numbers and words like `no` as they are written: names may be such. */
  #string(given: Node | null | undefined, where: string): string {
    const node = this.#resolved(given);
    const scalar = isScalar(node) && node.value !== null;
    if (!scalar) return this.#refuse(node, `${where} is not text`);
    if (typeof node.value === 'string') return node.value;
    return node.source ?? this.#refuse(node, `${where} is not text`);
  }

  #resolved(node: Node | null | undefined): Node | null | undefined {
    if (!isAlias(node)) return node;
    return node.resolve(this.#document as Document) ?? this.#refuse(node, `alias *${node.source} is not set`);
  }

  #refuse(node: Node | null | undefined, what: string): never {
    return this.#refuseAt(node?.range?.[0] ?? 0, what);
  }

  #refuseAt(offset: number, what: string): never {
    const line = this.#lines.linePos(offset).line + this.linesBefore;
    throw new SgroupsError('read-file', 'malformed', `${this.path} line ${line}: ${what}`);
  }
}
