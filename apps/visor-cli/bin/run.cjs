#!/usr/bin/env node
'use strict';
const { pathToFileURL } = require('node:url');
const { load, program } = require('./load.cjs');

/** Whether places in the sources are shown, which Node finds for what it has loaded itself. */
const isDebug = process.argv.includes('--debug');
if (isDebug) process.setSourceMapsEnabled(true);

const { main } = isDebug ? require(program) : load();
void main(process.argv.slice(2), pathToFileURL(__filename).href);
