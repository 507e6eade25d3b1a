/** What a fault is done to. Two faults never have the same at once. */
export type Target = 'agent' | 'hub' | 'nats' | 'agent-link' | 'hub-link' | 'clickhouse' | 'clock';

export interface KindFacts {
  readonly target: Target;
  /** How long it lasts, in seconds: at least, at most. */
  readonly lasts_s: readonly [number, number];
  /** How strong it is: at least, at most; what of is said in `doc`. */
  readonly amount?: readonly [number, number];
  /** Part of the short run. */
  readonly short: boolean;
  /** What must be there for it. */
  readonly needs?: 'http';
  readonly doc: string;
}

/** Every kind of fault; injectors has the code of each. */
export const kinds = {
  'kill-agent': {
    target: 'agent',
    lasts_s: [0, 2],
    short: true,
    doc: 'kill -9 of pkt-tracer, started again',
  },
  'kill-hub': { target: 'hub', lasts_s: [0, 3], short: true, doc: 'kill -9 of trace-hub, started again' },
  'kill-nats': { target: 'nats', lasts_s: [0, 3], short: true, doc: 'kill -9 of nats-server, started again' },
  'restart-agent': {
    target: 'agent',
    lasts_s: [0, 1],
    short: false,
    doc: 'SIGTERM of pkt-tracer, started again',
  },
  'restart-hub': { target: 'hub', lasts_s: [0, 1], short: false, doc: 'SIGTERM of trace-hub, started again' },
  'stop-agent': { target: 'agent', lasts_s: [1, 6], short: false, doc: 'SIGSTOP of pkt-tracer' },
  'stop-hub': { target: 'hub', lasts_s: [1, 8], short: true, doc: 'SIGSTOP of trace-hub' },
  'stop-hub-long': {
    target: 'hub',
    lasts_s: [32, 40],
    short: false,
    doc: 'SIGSTOP of trace-hub for longer than NATS waits for an ack',
  },
  'stop-nats': { target: 'nats', lasts_s: [1, 8], short: false, doc: 'SIGSTOP of nats-server' },
  'fill-nats-disk': {
    target: 'nats',
    lasts_s: [2, 6],
    short: true,
    doc: 'no space where nats-server has its store; freed, and the server started again as it then needs',
  },
  'fill-spool-disk': {
    target: 'agent',
    lasts_s: [2, 6],
    short: true,
    doc: 'no space where pkt-tracer has its spool',
  },
  'lose-stream': {
    target: 'nats',
    lasts_s: [0, 2],
    short: true,
    doc: 'nats-server comes back without its store',
  },
  'cut-agent-link': {
    target: 'agent-link',
    lasts_s: [1, 8],
    short: true,
    doc: 'link between agent and NATS down',
  },
  'cut-hub-link': {
    target: 'hub-link',
    lasts_s: [1, 8],
    short: false,
    doc: 'link between hub and NATS down',
  },
  'lossy-agent-link': {
    target: 'agent-link',
    lasts_s: [2, 8],
    amount: [5, 40],
    short: true,
    doc: 'that link drops packets at random (percent)',
  },
  'lossy-hub-link': {
    target: 'hub-link',
    lasts_s: [2, 8],
    amount: [5, 40],
    short: false,
    doc: 'that link drops packets at random (percent)',
  },
  'slow-agent-link': {
    target: 'agent-link',
    lasts_s: [2, 8],
    amount: [50, 900],
    short: false,
    doc: 'a proxy between agent and NATS delays what passes (ms)',
  },
  'refuse-clickhouse': {
    target: 'clickhouse',
    lasts_s: [1, 8],
    short: false,
    needs: 'http',
    doc: 'ClickHouse takes no connections',
  },
  'slow-clickhouse': {
    target: 'clickhouse',
    lasts_s: [2, 8],
    amount: [100, 3000],
    short: false,
    needs: 'http',
    doc: 'what passes to and from ClickHouse is delayed (ms)',
  },
  'kill-clickhouse': {
    target: 'clickhouse',
    lasts_s: [0, 4],
    short: false,
    needs: 'http',
    doc: 'kill -9 of ClickHouse, started again',
  },
  'step-agent-clock': {
    target: 'clock',
    lasts_s: [1, 6],
    amount: [-7200, 7200],
    short: true,
    doc: "pkt-tracer's time of day steps (s), and back",
  },
  'step-hub-clock': {
    target: 'clock',
    lasts_s: [1, 6],
    amount: [-7200, 7200],
    short: false,
    doc: "trace-hub's time of day steps (s), and back",
  },
} as const satisfies Record<string, KindFacts>;

export type Kind = keyof typeof kinds;

export const kindNames = Object.keys(kinds) as Kind[];

/** @returns what is known of a kind */
export const factsOf = (kind: Kind): KindFacts => kinds[kind];
