// Starts the program, of one file and with what V8 has made of it before.
'use strict';
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { load } = require('../../../bin/script-cache.cjs');

/** `npm run build` makes it, and its cache after it. */
const program = join(__dirname, '../../../dist/visor-cli/visor-cli.cjs');

/**
 * Runs a command line.
 *
 * @param file the program that was started
 */
function run(words, file) {
  if (!existsSync(program)) {
    console.error('visor-cli: it is not built yet; run npm run build');
    process.exit(5);
  }
  // Node shows places in the sources of what it has loaded itself.
  const isDebug = words.includes('--debug');
  if (isDebug) process.setSourceMapsEnabled(true);
  const { main } = isDebug ? require(program) : load(program);
  void main(words, pathToFileURL(file).href);
}

module.exports = { program, run };
