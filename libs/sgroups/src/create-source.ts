import { grpcTarget } from './address.js';
import { SgroupsError } from './errors.js';
import { FileSource } from './file-source.js';
import { type SgroupsMode, type SgroupsSink, type SgroupsSource } from './source.js';
import { type SgroupsTls } from './tls.js';

/** As in the configuration of the agent. */
export interface SgroupsOptions {
  readonly mode: SgroupsMode;
  /** Of mode file */
  readonly file: string;
  /** Of modes push and pull, as the others below */
  readonly address: string;
  /** Between two looks at SyncStatus */
  readonly interval_ms: number;
  /** For each call */
  readonly deadline_ms: number;
  /** undefined = no TLS */
  readonly tls?: SgroupsTls | undefined;
}

/**
 * gRPC is loaded for who uses it only: every thread that looks addresses up imports this lib, and each would have its own
 * copy of that code.
 * @throws SgroupsError `bad_option` where the mode lacks its file or address
 */
export async function createSgroupsSource(
  options: SgroupsOptions,
  sink: SgroupsSink,
): Promise<SgroupsSource> {
  const { mode } = options;
  switch (mode) {
    case 'off':
      return {
        state: { mode, networks: 0, groups: 0, prefixes: 0 },
        start: () => undefined,
        stop: () => Promise.resolve(),
      };
    case 'file':
      if (options.file === '') throw missing(mode, 'a file');
      return new FileSource(options.file, sink);
    case 'push':
    case 'pull': {
      if (options.address === '') throw missing(mode, 'an address');
      // what cannot work is refused at the start, not told for ever
      grpcTarget(options.address);
      const [{ GrpcSource }, { channelCredentials }] = await Promise.all([
        import('./grpc-source.js'),
        import('./tls.js'),
      ]);
      channelCredentials(options.tls);
      return new GrpcSource({ ...options, mode }, sink);
    }
  }
}

function missing(mode: SgroupsMode, what: string): SgroupsError {
  return new SgroupsError('connect', 'bad_option', `security groups by mode ${mode} need ${what}`);
}
