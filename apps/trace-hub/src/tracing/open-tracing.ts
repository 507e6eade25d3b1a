import { type TelemetryConfig } from '../telemetry-config.js';
import { noTracing, type Tracing, type TracingParts } from './tracing.js';

/** @returns traces as the configuration has them; what makes them is loaded only then */
export async function openTracing(config: TelemetryConfig, parts: TracingParts): Promise<Tracing> {
  if (config.tracingEndpoint === '') return noTracing;
  const { OtlpTracing } = await import('./otlp-tracing.js');
  return new OtlpTracing(config, parts);
}
