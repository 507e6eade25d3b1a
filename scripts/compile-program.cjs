// compile-program.cjs PROGRAM: writes what V8 makes of a daemon's program, so that a start need not compile it. V8 compiles a
// function when it is first called: those that show the configuration are called first, which are those that are needed to load all.
'use strict';
const { writeFileSync } = require('node:fs');
const { cacheOf, compile, start } = require('../bin/script-cache.cjs');

const [program] = process.argv.splice(2, 1);
process.argv[1] = program;
process.argv.push('--print-config');
const script = compile(program);
process.on('exit', () => writeFileSync(cacheOf(program), script.createCachedData()));
start(program, script);
