// Prints the tables of the network namespace that it runs in, as the agent knows them, as JSON.
import { unpackRules } from '#ruleset';
import { startTracker } from './tracker.mjs';

const { versions } = await startTracker();
const { tables } = versions[0];
console.log(JSON.stringify(tables.map((table) => ({ ...table, rules: unpackRules(table.rules) }))));
