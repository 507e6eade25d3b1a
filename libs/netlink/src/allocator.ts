import { type Libc } from './libc.js';

/** mallopt(3), malloc.h of glibc */
const M_MMAP_THRESHOLD = -3;
const M_ARENA_MAX = -8;
const ARENAS = 2;
const MAPPED_FROM_BYTES = 128 * 1024;

/**
 * Has glibc give the memory of freed batches back at once: by default each thread has an arena of its own, and what lies
 * free in one is of no use to the others; a freed block also raises, up to 32 MiB, the size below which blocks stay there.
 * Call it before there are threads: it cannot take an arena back.
 */
export function keepFreeMemoryLow({ mallopt }: Pick<Libc, 'mallopt'>): void {
  mallopt(M_ARENA_MAX, ARENAS);
  mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
}
