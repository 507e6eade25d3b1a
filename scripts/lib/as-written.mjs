/**
 * Options of rolldown with which a bundle does what its modules do: nothing is left out of them. With tree shaking, and with
 * its usual `minify`, rolldown takes calls as decodeURIComponent() and String() for such as cannot throw, and
 * `try { decodeURIComponent(text) } catch { … }` for nothing: what checks a text by that takes every text.
 * A bundle gets a quarter larger by it, and a start some hundredths of a second longer.
 */
export const asWritten = { treeshake: false };

/** Of the output: line by line as the modules are. */
export const withLines = { minify: false };
/** Of the output: comments and spaces go. */
export const withoutSpaces = { minify: { compress: false, mangle: false } };
