import { alertsStream, rulesetsStream, tracesStream } from './streams.js';
import { subjects } from './subjects.js';

/** What is taken from where. */
export interface StreamSource {
  readonly stream: string;
  /** Pattern of the subjects that are wanted. */
  readonly subject: string;
  /** Names the messages in the log: `batches`. */
  readonly messages: string;
  /** Name of the durable consumer; `hub` unless given. */
  readonly consumer?: string;
  /** What a consumer that is made begins with: messages from that time on, ms since 1970; absent: the oldest. */
  readonly since_ms?: number;
  /** A consumer that nobody pulls from for so long is forgotten by NATS; absent: never. */
  readonly forgetMs?: number;
}

export const traceSource: StreamSource = {
  stream: tracesStream,
  subject: subjects.allTraces,
  messages: 'batches',
};

export const rulesetSource: StreamSource = {
  stream: rulesetsStream,
  subject: subjects.allRulesets,
  messages: 'rulesets',
};

export const alertSource: StreamSource = {
  stream: alertsStream,
  subject: subjects.allAlerts,
  messages: 'alerts',
};
