export { StoreError, type StoreErrorCode } from './errors.js';
export { type Statement, type WholeResult } from './engine.js';
export { limitSettings, withSettings, type QueryLimits, type Settings } from './settings.js';
export { type RowText } from './row-text.js';
export { type StoredRows } from './stored-rows.js';
export { openStore, Store, type RowFormat, type StoreOptions, type StoreTiming } from './store.js';
export {
  selectCount,
  selectRowEnd,
  selectRows,
  selectTimes,
  type RowEnd,
  type RowForm,
  type RowQuery,
} from './select.js';
export { afterRow, beforeRow, fromRow, keyOfRow, type RowKey, type RowKeyJson, upToRow } from './row-key.js';
export { joined } from './joined.js';
export { type Join, type StoredBatch, type StoreOutcome } from './writer.js';
export { selectLosses, type Loss, type LossQuery } from './losses.js';
export { lossColumns, type LossJson } from './loss-columns.js';
export {
  selectAlerts,
  selectAlertHistory,
  type AlertKey,
  type AlertMatcher,
  type AlertQuery,
} from './alerts.js';
export { alertColumns, type AlertJson, type AlertKind } from './alert-columns.js';
export { type RulesetRecord } from './ruleset-writer.js';
export {
  selectRulesets,
  selectRulesetText,
  type RulesetJson,
  type RulesetQuery,
  type RulesetTextJson,
} from './rulesets.js';
export {
  aggregateNeeds,
  rowKinds,
  selectAggregate,
  type AggregateQuery,
  type AggregateRecord,
  type Having,
  type SortKey,
} from './aggregate.js';
export {
  columnFunctions,
  countNames,
  functionKinds,
  metricName,
  quantileLevels,
  type ColumnFunction,
  type CountName,
  type Metric,
  type QuantileLevel,
} from './aggregate-metrics.js';
export {
  agentsFound,
  agentsFoundNeeds,
  agentsOfDays,
  day_us,
  withoutDays,
  type AgentFound,
  type AgentOfDay,
} from './agents-found.js';
export { bucketOrigin, type GroupKey } from './aggregate-query.js';
export { type Span } from './aggregate-range.js';
export {
  planFor,
  sourceNames,
  type Kept,
  type Needs,
  type SourceName,
  type SourcePlan,
} from './flows-source.js';
export { hintNeeds, selectHints, type HintQuery, type HintRecord } from './hints.js';
export { selectPacketIds, selectPath, type PacketCandidate, type PathRange } from './path.js';
export { selectSeries, seriesNeeds, type SeriesQuery, type SeriesRecord } from './series.js';
export { selectValues, valueName, type ValueQuery, type ValueRecord } from './select-values.js';
export { selectRulesetChanges, selectRulesetsBefore, type RulesetChangeRecord } from './ruleset-changes.js';
