#!/usr/bin/env node
'use strict';
const { run } = require('./load.cjs');

run(process.argv.slice(2), __filename);
