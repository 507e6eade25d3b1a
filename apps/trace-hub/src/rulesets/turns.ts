/** Lets one at a time work, in the order in which they ask. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** @returns what ends the turn, once it has come; ending it again does nothing */
  async take(): Promise<() => void> {
    const before = this.#last;
    let end = (): void => undefined;
    this.#last = new Promise((resolve) => (end = resolve));
    await before;
    return end;
  }
}
