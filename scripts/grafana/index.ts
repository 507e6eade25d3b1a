import { drops } from './drops.js';
import { fleet } from './fleet.js';
import { rules } from './rules.js';
import { traffic } from './traffic.js';

/** The dashboards of deploy/grafana; their files are made of these (`npm run goldens`). */
export const dashboards = { traffic, drops, rules, fleet };
