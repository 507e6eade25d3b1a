/** Slices that a window is counted in, and the one that is being filled. */
export const SLICES = 16;
/** The remainder of a slice's number, which is beyond 32 bits: `%` would be slow. */
const PLACE = SLICES - 1;

/** @returns how long a slice is: fifteen make a window, so that nothing within one is ever left out */
export function sliceOf(window_us: number): number {
  return Math.ceil(window_us / (SLICES - 1));
}

/** Sums by slice of time. A window goes on slice by slice. */
export class SlicedSum {
  readonly slices: number[] = new Array<number>(SLICES).fill(0);
  total = 0;

  add(slice: number, amount: number): void {
    const at = slice & PLACE;
    this.slices[at] = (this.slices[at] as number) + amount;
    this.total += amount;
  }

  /** Slice `slice` begins: what its place had is out of the window. */
  begin(slice: number): void {
    const at = slice & PLACE;
    const gone = this.slices[at] as number;
    if (gone === 0) return;
    this.total -= gone;
    this.slices[at] = 0;
  }

  load(slices: unknown): void {
    if (!Array.isArray(slices) || slices.length !== SLICES) throw new RangeError('a window has no 16 slices');
    this.total = 0;
    for (let i = 0; i < SLICES; i++) this.total += this.slices[i] = Number(slices[i]);
  }
}
