import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { matchesSubject } from './subjects.js';

const nsPerMinute = 60e9;
const MiB = 2 ** 20;

/** Below these a stream holds less than what a hub leaves there in an ordinary restart. */
const least = { age_ns: 10 * nsPerMinute, bytes: 64 * MiB, messages: 10_000, message: 900_000 };

/** What a setting of a stream with batches does to the promise that each is stored; undefined where it does nothing. */
const consequences: Readonly<
  Partial<Record<keyof StreamConfig, (found: StreamConfig) => string | undefined>>
> = {
  storage: (found) =>
    found.storage === StorageType.Memory ? 'a restart of NATS loses all that is not stored yet' : undefined,
  retention: ({ retention }) => {
    if (retention === RetentionPolicy.Workqueue)
      return 'nobody but the hub can read it: `watch -f` shows nothing';
    return retention === RetentionPolicy.Interest
      ? 'what is published while no hub has its consumer is dropped at once'
      : undefined;
  },
  discard: ({ discard }) =>
    discard === DiscardPolicy.New
      ? 'when it is full agents have to keep what is new, in their spools'
      : undefined,
  max_age: ({ max_age }) =>
    max_age > 0 && max_age < least.age_ns
      ? `a hub that is away for ${max_age / 1e9} s finds batches gone`
      : undefined,
  max_bytes: ({ max_bytes }) =>
    max_bytes >= 0 && max_bytes < least.bytes
      ? 'it is full in moments while no hub takes from it, and the oldest batches go'
      : undefined,
  max_msgs: ({ max_msgs }) =>
    max_msgs >= 0 && max_msgs < least.messages
      ? `it holds ${max_msgs} batches at most, older ones go`
      : undefined,
  max_msgs_per_subject: ({ max_msgs_per_subject: most }) =>
    most > 0 ? `it holds ${most} batches of each agent at most, older ones go` : undefined,
  max_msg_size: ({ max_msg_size: most }) =>
    most > 0 && most < least.message ? `batches above ${most} bytes are refused, and lost` : undefined,
  no_ack: ({ no_ack }) =>
    no_ack ? 'agents are never told that it has a batch and publish it again' : undefined,
};

/** Other settings than ours that break the promise though we would not set them. */
const alsoLookedAt = ['max_msgs', 'max_msgs_per_subject', 'max_msg_size', 'no_ack'] as const;

/**
 * @param kept whether each message of it counts, as those of batches do
 * @returns one phrase for each setting that differs from what Visor would set, and what that means for batches
 */
export function driftOf(wanted: Partial<StreamConfig>, found: StreamConfig, kept: boolean): string[] {
  const own = Object.keys(wanted) as (keyof StreamConfig)[];
  const differing = own.filter((key) => JSON.stringify(wanted[key]) !== JSON.stringify(found[key]));
  const others = kept ? alsoLookedAt.filter((key) => !own.includes(key)) : [];
  return [
    ...differing.map((key) => {
      const text = `${key} is ${JSON.stringify(found[key])}, Visor would set ${JSON.stringify(wanted[key])}`;
      return `${text}${meaning(kept ? consequences[key]?.(found) : undefined)}`;
    }),
    ...others.flatMap((key) => {
      const what = consequences[key]?.(found);
      return what === undefined ? [] : [`${key} is ${JSON.stringify(found[key])}${meaning(what)}`];
    }),
  ];
}

const meaning = (what: string | undefined): string => (what === undefined ? '' : ` (${what})`);

/** @returns whether the stream takes messages of `subject`; one ending in `*` stands for any agent's */
export function takes(found: StreamConfig, subject: string): boolean {
  const some = subject.replace(/\*$/, 'start-check');
  const start = subject.replace(/\*$/, '');
  return (found.subjects ?? []).some(
    (pattern) => matchesSubject(pattern, some) || (start !== subject && pattern.startsWith(start)),
  );
}
