import { AsyncLocalStorage } from 'node:async_hooks';
import { hostname } from 'node:os';
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
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
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { Occurrences, withLogFields } from '#app-kit';
import { tracesNotTaken } from '../occurrences.js';
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
/** Sampled or not is the last bit: https://www.w3.org/TR/trace-context/#traceparent-header */
const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** Says so where the collector does not take what it is sent: OpenTelemetry itself keeps silent. */
class ToldExporter implements SpanExporter {
  constructor(
    private readonly inner: SpanExporter,
    private readonly occurrences: Occurrences,
    private readonly endpoint: string,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.inner.export(spans, (result) => {
      // 0 = SUCCESS of ExportResultCode
      if (Number(result.code) !== 0) {
        const reason = result.error?.message ?? 'no reason is given';
        this.occurrences.tell(tracesNotTaken, { spans: spans.length, endpoint: this.endpoint, reason });
      }
      done(result);
    });
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

  constructor(config: TelemetryConfig, { version, log, counters }: TracingParts) {
    const { tracingEndpoint: url, tracingTimeoutMs: timeoutMillis, tracingSamplePercent } = config;
    this.#occurrences = new Occurrences(log, counters);
    const exporter = new ToldExporter(new OTLPTraceExporter({ url, timeoutMillis }), this.#occurrences, url);
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'trace-hub',
        'service.version': version,
        'service.instance.id': hostname(),
      }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(tracingSamplePercent / 100) }),
      spanProcessors: [
        new BatchSpanProcessor(exporter, { exportTimeoutMillis: timeoutMillis, scheduledDelayMillis: 1000 }),
      ],
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
    // What the collector did not take has been told.
    await this.#provider.shutdown().catch(() => undefined);
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
