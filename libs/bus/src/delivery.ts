import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { BaseRpcContext } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';

/** A handler throws it when the message is good but cannot be settled now: it is delivered again after `delayMs`. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';

  constructor(
    message: string,
    readonly delayMs = 2000,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** A handler throws it when no later try can help: the message goes to `visor.v1.rejected` and is not delivered again. */
export class RejectBatch extends Error {
  override readonly name = 'RejectBatch';

  /** @param reason one word for counters: `schema`, `agent` … */
  constructor(
    readonly reason: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

export interface DeliveryInfo {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The message's number in its stream. */
  readonly sequence: number;
  /** When the stream took it, ms since 1970 by the server's clock. */
  readonly at_ms: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  /** Which try of the publisher it is; 1 at the first. */
  readonly attempt: number;
  /** Whether the server may have forgotten an earlier delivery: it was in the stream before this connection. */
  readonly doubtful: boolean;
}

/** What a handler is told about the message beside its bytes. */
export class DeliveryContext extends BaseRpcContext<[info: DeliveryInfo, claim: { readonly late: boolean }]> {
  get info(): DeliveryInfo {
    return this.args[0];
  }

  /** Whether it may have been settled before: delivered again, or published again. */
  get repeated(): boolean {
    return this.info.deliveries > 1 || this.info.attempt > 1 || this.info.doubtful;
  }

  /** Whether another replica may have it by now: we were not heard of for as long as the acknowledgement may take. */
  get late(): boolean {
    return this.args[1].late;
  }
}

/**
 * Hands every error of a handler to the transport as it is: Nest's own filter makes one anonymous error of all, and the
 * transport could not tell RetryLater from RejectBatch. Put `@UseFilters(DeliveryErrors)` on the controller.
 */
@Catch()
export class DeliveryErrors implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
