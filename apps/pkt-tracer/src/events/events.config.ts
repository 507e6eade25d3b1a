import { integer, oneOf, Setting } from '#app-kit';
import { TrafficConfig } from '../traffic/traffic.config.js';

/** Which packets are told to subscribers of NATS as they happen. */
export class EventsConfig extends TrafficConfig {
  @Setting(
    'events.publish',
    'Packets published as JSON on visor.v1.events.<agent>.>, one message each: none, those dropped or rejected, or all',
    oneOf(['off', 'drops', 'all']),
  )
  publishEvents: 'off' | 'drops' | 'all' = 'drops';

  @Setting(
    'events.max-rate',
    'Such messages a second; what is beyond is counted and summed up on visor.v1.events.<agent>.held; 0 = no limit',
    integer({ min: 0, max: 1_000_000 }),
  )
  maxEventRate = 1000;
}
