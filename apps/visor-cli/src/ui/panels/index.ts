import { type CreatePanels } from '../contracts.js';
import { AgentsPanel } from './agents-panel.js';
import { DetailsPanel } from './details-panel.js';
import { PacketSource } from './packet-source.js';
import { PathPanel } from './path-panel.js';
import { RatesPanel } from './rates-panel.js';
import { RulesetPanel } from './ruleset-panel.js';
import { TopPanel } from './top-panel.js';

/** @returns the panels, in the order of panelNames; those of a packet tell of the same one */
export const createPanels: CreatePanels = (parts) => {
  const source = new PacketSource(parts);
  return [
    new PathPanel(source, parts),
    new RulesetPanel(source, parts),
    new DetailsPanel(source, parts),
    new TopPanel(parts),
    new RatesPanel(parts),
    new AgentsPanel(parts),
  ];
};
