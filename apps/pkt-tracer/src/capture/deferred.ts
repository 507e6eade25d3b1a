/** A promise that is settled from outside (Promise.withResolvers, which Node 20 does not have). */
export class Deferred {
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // whoever waits for it is told; an unhandled rejection would end the process first
    this.promise.catch(() => undefined);
  }
}
