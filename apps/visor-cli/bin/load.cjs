// Loads the program with what V8 has made of it before: compiling it is a third of a short command's time.
'use strict';
const { existsSync, readFileSync } = require('node:fs');
const { createRequire, Module } = require('node:module');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/** One file; `npm run build` makes it, and its cache after it. */
const program = join(__dirname, '../../../dist/visor-cli/visor-cli.cjs');

/** V8 refuses one that another version of Node has made, and compiles; it does not see that one is older than the program. */
const cacheOf = (path) => `${path}.cache`;

/** @param cachedData what V8 made of the same program before @returns a vm.Script */
function compile(cachedData) {
  const text = readFileSync(program, 'utf8');
  return new Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    filename: program,
    cachedData,
  });
}

/** @param script of compile() @returns what the program exports; who requires the file has the same */
function start(script) {
  const loaded = new Module(program);
  loaded.filename = program;
  require.cache[program] = loaded;
  script.runInThisContext()(loaded.exports, createRequire(program), loaded, program, dirname(program));
  loaded.loaded = true;
  return loaded.exports;
}

function readCache() {
  try {
    return readFileSync(cacheOf(program));
  } catch {
    return undefined;
  }
}

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
  const { main } = isDebug ? require(program) : start(compile(readCache()));
  void main(words, pathToFileURL(file).href);
}

module.exports = { cacheOf, compile, program, run, start };
