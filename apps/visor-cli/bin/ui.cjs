#!/usr/bin/env node
'use strict';
const { run } = require('./load.cjs');

run(['ui', ...process.argv.slice(2)], __filename);
