import { type Kept } from '#clickhouse';
import { type HubConfig } from '../config.js';

/** @returns until when the tables have their rows, seen from now */
export const keptNow = (config: Pick<HubConfig, 'clickhouseTtlDays' | 'clickhouseFlowsTtlDays'>): Kept => ({
  now_us: Date.now() * 1000,
  ttlDays: config.clickhouseTtlDays,
  flowsTtlDays: config.clickhouseFlowsTtlDays,
});
