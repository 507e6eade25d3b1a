import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { maskUrl, Occurrences, withLogFields, withoutLogFields } from '#app-kit';
import { tooManySpans, tracesNotTaken } from '../occurrences.js';
import { type TelemetryConfig } from '../telemetry-config.js';
import {
  type SpanAttributes,
  type SpanStart,
  type Tracing,
  type TracingParts,
  type WorkSpan,
} from './tracing.js';

const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT };
const maxLinks = 128;
/** Spans that wait for the collector; what comes beyond is gone. */
const maxWaiting = 2048;
/** Sampled or not is the last bit: https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** Who looks after what is lost on the way to the collector: OpenTelemetry itself keeps silent about it. */
class SpanLosses {
  /** Finished spans that were not handed to the exporter yet. */
  waiting = 0;
  readonly #endpoint: string;

  constructor(
    private readonly occurrences: Occurrences,
    endpoint: string,
  ) {
    this.#endpoint = maskUrl(endpoint);
  }

  /** It concerns the spans of many, not the request at whose end they happened to be sent. */
  notTaken(spans: number, error: Error | undefined): void {
    const reason = error?.message ?? 'no reason is given';
    withoutLogFields(() =>
      this.occurrences.tell(tracesNotTaken, { spans, endpoint: this.#endpoint, reason }),
    );
  }

  tooMany(): void {
    withoutLogFields(() => this.occurrences.tell(tooManySpans, { endpoint: this.#endpoint }));
  }
}

class ToldExporter implements SpanExporter {
  readonly #underWay = new Set<Promise<void>>();

  constructor(
    private readonly inner: SpanExporter,
    private readonly losses: SpanLosses,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.losses.waiting -= spans.length;
    const exported = new Promise<void>((ended) => {
      this.inner.export(spans, (result) => {
        // 0 = SUCCESS of ExportResultCode
        if (Number(result.code) !== 0) this.losses.notTaken(spans.length, result.error);
        done(result);
        ended();
      });
    });
    this.#underWay.add(exported);
    void exported.then(() => this.#underWay.delete(exported));
  }

  /** Until it is known of all that was sent whether it was taken: each has `tracing.timeout`. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }
}

/** Has what the batch processor would throw away silently counted. */
class ToldProcessor implements SpanProcessor {
  constructor(
    private readonly inner: SpanProcessor,
    private readonly losses: SpanLosses,
  ) {}

  onStart(...start: Parameters<SpanProcessor['onStart']>): void {
    this.inner.onStart(...start);
  }

  onEnd(span: ReadableSpan): void {
    if (!(span.spanContext().traceFlags & TraceFlags.SAMPLED)) return;
    if (this.losses.waiting >= maxWaiting) return this.losses.tooMany();
    this.losses.waiting++;
    this.inner.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }
}

/** Where a span stands among others; an AsyncLocalStorage of our own, so that nothing global is set. */
type Places = AsyncLocalStorage<Context>;

class OtlpSpan implements WorkSpan {
  constructor(
    readonly span: Span,
    private readonly context: Context,
    private readonly places: Places,
  ) {}

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes);
  }

  failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  within<T>(run: () => T): T {
    const { traceId } = this.span.spanContext();
    return this.places.run(this.context, () => withLogFields({ trace_id: traceId }, run));
  }

  end(): void {
    this.span.end();
  }
}

/** Traces to a collector, by OTLP over HTTP. */
export class OtlpTracing implements Tracing {
  readonly on = true;
  readonly #places: Places = new AsyncLocalStorage<Context>();
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #occurrences: Occurrences;
  readonly #exporter: ToldExporter;

  constructor(config: TelemetryConfig, { version, log, counters }: TracingParts) {
    const { tracingEndpoint: url, tracingTimeoutMs: timeoutMillis, tracingSamplePercent } = config;
    this.#occurrences = new Occurrences(log, counters);
    const losses = new SpanLosses(this.#occurrences, url);
    const exporter = (this.#exporter = new ToldExporter(
      new OTLPTraceExporter({ url, timeoutMillis }),
      losses,
    ));
    const batches = new BatchSpanProcessor(exporter, {
      maxQueueSize: maxWaiting,
      maxExportBatchSize: maxWaiting / 4,
      exportTimeoutMillis: timeoutMillis,
      scheduledDelayMillis: 1000,
    });
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'trace-hub',
        'service.version': version,
        'service.instance.id': hostname(),
      }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(tracingSamplePercent / 100) }),
      spanProcessors: [new ToldProcessor(batches, losses)],
    });
    this.#tracer = this.#provider.getTracer('trace-hub', version);
  }

  begin({ name, kind, attributes = {}, traceparent, links = [] }: SpanStart): WorkSpan {
    const parent = remote(traceparent) ?? this.#places.getStore() ?? ROOT_CONTEXT;
    const linked = links
      .filter((span) => span instanceof OtlpSpan)
      .slice(0, maxLinks)
      .map(({ span }) => ({ context: span.spanContext() }));
    const options = { attributes, links: linked, kind: kind ? kinds[kind] : SpanKind.INTERNAL };
    const span = this.#tracer.startSpan(name, options, parent);
    return new OtlpSpan(span, trace.setSpan(parent, span), this.#places);
  }

  async close(): Promise<void> {
    // It gives up at the first batch that is not taken: the others are still under way then.
    await this.#provider.shutdown().catch(() => undefined);
    await this.#exporter.settled();
    this.#occurrences.flush();
  }
}

/** @returns what the header says the request is a part of; undefined where it says nothing that is understood */
function remote(traceparent: string | undefined): Context | undefined {
  const [, traceId = '', spanId = '', flags = '00'] = traceparentForm.exec(traceparent ?? '') ?? [];
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16) & 1,
    isRemote: true,
  });
}
