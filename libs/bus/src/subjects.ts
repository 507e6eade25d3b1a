const plain = /^[A-Za-z0-9_-]$/;

/**
 * @returns `name` as one legal subject token: letters, digits, `_` and `-` as they are, every other byte of its UTF-8
 * as `%XX`, and the empty name as `%`
 */
export function escapeToken(name: string): string {
  if (name === '') return '%';
  let token = '';
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte);
    token += plain.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** @returns the name that `escapeToken` made this token of; undefined for a token that it never makes */
export function unescapeToken(token: string): string | undefined {
  if (token === '%') return '';
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at++) {
    if (token[at] !== '%') {
      bytes.push(token.charCodeAt(at));
      continue;
    }
    bytes.push(Number.parseInt(token.slice(at + 1, at + 3), 16));
    at += 2;
  }
  const name = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  return escapeToken(name) === token ? name : undefined;
}

const traces = 'visor.v1.traces';
const agents = 'visor.v1.agents';
const rulesets = 'visor.v1.rulesets';
const asks = 'visor.v1.ask';
const alerts = 'visor.v1.alerts';

const eventsOf = (agent: string): string => `visor.v1.events.${escapeToken(agent)}.`;

/** The subjects of the bus; names become tokens here and nowhere else. */
export const subjects = {
  /** Arrow batches of trace events. */
  traces: (agent: string) => `${traces}.${escapeToken(agent)}`,
  allTraces: `${traces}.*`,
  /** JSON: which version of a table is in force from when on, and a new version's text. */
  rulesets: (agent: string) => `${rulesets}.${escapeToken(agent)}`,
  allRulesets: `${rulesets}.*`,
  /** JSON heartbeats. */
  agents: (agent: string) => `${agents}.${escapeToken(agent)}`,
  allAgents: `${agents}.*`,
  /** JSON: which of an agent's batches are in ClickHouse; the hub publishes it after each commit. Not kept. */
  stored: (agent: string) => `visor.v1.stored.${escapeToken(agent)}`,
  /** JSON: an agent asks which of its batches are in ClickHouse; a hub answers. */
  ask: (agent: string) => `${asks}.${escapeToken(agent)}`,
  allAsks: `${asks}.*`,
  /** JSON: an alert fires or is resolved. */
  alerts: (severity: string, rule: string) => `${alerts}.${escapeToken(severity)}.${escapeToken(rule)}`,
  allAlerts: `${alerts}.*.*`,
  /** JSON, one packet a message. Not kept. */
  events: (agent: string, fate: string, family: string, table: string, chain: string) =>
    `${eventsOf(agent)}${[fate, family, table, chain].map(escapeToken).join('.')}`,
  /** What all of an agent's event subjects begin with. */
  eventsOf,
  /** JSON: how many events of an agent were not published. */
  heldEvents: (agent: string) => `${eventsOf(agent)}held`,
  /** What the hub could not take, with the reason. */
  rejected: 'visor.v1.rejected',
} as const;

/** No stream has this name: a message that expects it is refused by every stream, and kept by none. */
export const noStream = 'VISOR-START-CHECK';

/** @returns the agent in whose name a `visor.v1.traces.<agent>` subject was published; undefined for another subject */
export function agentOfTraces(subject: string): string | undefined {
  return agentBehind(`${traces}.`, subject);
}

/** @returns the agent in whose name a `visor.v1.agents.<agent>` subject was published; undefined for another subject */
export function agentOfHeartbeat(subject: string): string | undefined {
  return agentBehind(`${agents}.`, subject);
}

/** @returns the agent in whose name a `visor.v1.rulesets.<agent>` subject was published; undefined for another subject */
export function agentOfRuleset(subject: string): string | undefined {
  return agentBehind(`${rulesets}.`, subject);
}

/** @returns the agent in whose name a `visor.v1.ask.<agent>` subject was published; undefined for another subject */
export function agentOfAsk(subject: string): string | undefined {
  return agentBehind(`${asks}.`, subject);
}

function agentBehind(start: string, subject: string): string | undefined {
  return subject.startsWith(start) ? unescapeToken(subject.slice(start.length)) : undefined;
}

/** @returns whether a subject matches a pattern with NATS's wildcards `*` and `>` */
export function matchesSubject(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [at, token] of wanted.entries()) {
    if (token === '>') return tokens.length > at;
    if (token !== '*' && token !== tokens[at]) return false;
    if (tokens[at] === undefined) return false;
  }
  return wanted.length === tokens.length;
}
