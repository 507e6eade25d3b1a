import { type Searched } from '#api-client';
import { type Clock } from './format/clock.js';
import { printable } from './format/printable.js';
import { countText } from './groups/units.js';

/** @returns lines for a person where nothing matches: which agents have packets in that time */
export const whatThereIs = (agents: Searched['agents'], clock: Clock): string[] =>
  (agents ?? []).map(({ agent_id, packets, first, last }) =>
    printable(
      `${agent_id} has ${countText(packets)} packets in that time, from ${clock.show(first)} to ${clock.show(last)}`,
    ),
  );
