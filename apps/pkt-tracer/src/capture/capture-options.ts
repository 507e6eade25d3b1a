import { randomBytes } from 'node:crypto';
import { type AgentConfig } from '../agent.config.js';
import { type CaptureSetOptions } from './capture-set.js';
import { planMemory } from './memory-plan.js';
import { HOST } from './namespaces.js';

/** @returns what a new run of the agent captures with @throws StartError where memory has no room for it */
export function captureOptions(config: AgentConfig): CaptureSetOptions {
  const { agentId, netns, only, receiveBufferBytes, maxBatchRows, linger_ms, maxPacketsPerSecond } = config;
  const { maxSetElements, spoolDir, spoolBytes } = config;
  const plan = planMemory(config.maxMemoryBytes, config.queueBytes, spoolDir ? spoolBytes : 0);
  return {
    agentId,
    wanted: netns.length > 0 ? netns : [HOST],
    run: randomBytes(4).readUInt32LE(),
    only,
    receiveBufferBytes,
    maxSetElements,
    maxBatchRows,
    linger_ms,
    maxPacketsPerSecond,
    maxInFlightBytes: plan.inFlightBytes,
    maxNamespaces: plan.namespaces,
  };
}
