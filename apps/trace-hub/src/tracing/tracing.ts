import { type Log, type Counters } from '#app-kit';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** One piece of work on its way through the hub. */
export interface WorkSpan {
  set(attributes: SpanAttributes): void;
  /** It failed. @param error its message is told */
  failed(error: unknown): void;
  /** Runs something as a part of it. */
  within<T>(run: () => T): T;
  end(): void;
}

export interface SpanStart {
  /** `ingest batch` */
  readonly name: string;
  /** Whether it answers a request, takes a message, or asks something else; default: none of these */
  readonly kind?: 'server' | 'consumer' | 'client';
  readonly attributes?: SpanAttributes;
  /** The header `traceparent` of who asked; without one it is a part of what runs now */
  readonly traceparent?: string | undefined;
  /** Others that it does the work of */
  readonly links?: readonly WorkSpan[];
}

/** Traces of what the hub does, where they are on. Nothing here throws, or waits for a collector. */
export interface Tracing {
  /** Whether there are any; where not, nothing need be prepared for them. */
  readonly on: boolean;
  begin(start: SpanStart): WorkSpan;
  /** Sends what is still here, within the time that the collector has. */
  close(): Promise<void>;
}

const nothing = (): void => undefined;
const noSpan: WorkSpan = { set: nothing, failed: nothing, end: nothing, within: (run) => run() };

/** No traces: the default. */
export const noTracing: Tracing = { on: false, begin: () => noSpan, close: () => Promise.resolve() };

export interface TracingParts {
  readonly version: string;
  readonly log: Log;
  readonly counters: Counters;
}

/** Runs a piece of work as a span. */
export async function traced<T>(
  tracing: Tracing,
  start: SpanStart,
  run: (span: WorkSpan) => Promise<T>,
): Promise<T> {
  if (!tracing.on) return run(noSpan);
  const span = tracing.begin(start);
  try {
    return await span.within(() => run(span));
  } catch (error) {
    span.failed(error);
    throw error;
  } finally {
    span.end();
  }
}
