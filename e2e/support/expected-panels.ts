/**
 * What the dashboards show of a healthy system with some traffic, where that is not values above 0: by query, and why.
 * A query is named as in PanelQuery.id.
 */
type Reasons = Readonly<Record<string, string>>;

/** They have no series. */
export const emptyPanels: Reasons = {
  'drops "Against an hour before" B': 'an hour ago Prometheus did not run',
};

/** They are 0 all the time. */
export const idlePanels: Reasons = {
  'traffic "Lost events" A': 'nothing is lost',
  'traffic "Packets without labels" A': 'there are fewer series than traffic.max-series',
  'rules "Changes lost" A': 'nothing is lost',
  'fleet "Silent agents" A': 'all agents send heartbeats',
  'fleet "What ingest tries again or refuses" B': 'ClickHouse takes every batch',
  'fleet "What ingest tries again or refuses" C': 'ClickHouse takes every batch',
  'fleet "What ingest tries again or refuses" D': 'every batch is a good one',
  'fleet "Refused" A': 'there are no logins and few requests',
  'fleet "Refused" B': 'no query meets a limit',
  'fleet "Without NATS" A': 'NATS runs',
  'fleet "Lost events" A': 'nothing is lost',
  'fleet "Groups of before" A': 'there is no source of security groups',
  'fleet "Lost events by cause" A': 'nothing is lost',
};

/** They are 0 or not, as it happens to be when Prometheus asks. */
export const restlessPanels: Reasons = {
  'fleet "Batches behind" A': 'batches wait for milliseconds',
  'fleet "Rollup behind" A': 'above 0 for seconds after the end of a minute',
  'fleet "What ingest tries again or refuses" A': 'a batch comes again where its acknowledgement is late',
  'fleet "Queries and live streams" A': 'queries run for milliseconds',
  'fleet "Queries and live streams" B': 'and wait for none as a rule',
  'fleet "Memory of hubs" B': 'batches are in hand for milliseconds',
  'fleet "Oldest batch" A': 'batches are in the spool for a moment',
  'fleet "Spool" A': 'batches are in the spool for a moment',
};

/** Alert rules whose metric is not there, each by its name. */
export const idleRules: Reasons = {
  VisorWebhookFailing: 'there is no webhook',
};
