/** One trace event takes a few hundred bytes; names of tables and chains may be 255 each. */
export const TRACE_RING = { slots: 256, slotBytes: 2048 };
/** Of a notification only its arrival counts, so it may be cut off. */
export const CHANGES_RING = { slots: 256, slotBytes: 64, bufferBytes: 4 * 1024 * 1024 };
