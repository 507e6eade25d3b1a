import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, levelBySignal, packageVersion, runApp, type Running } from '#app-kit';
import { keepFreeMemoryLow, openLibc } from '#netlink';
import { AgentConfig } from './agent.config.js';
import { AgentModule } from './agent.module.js';
import { Agent } from './agent.js';
import { collectGarbage } from './collect-garbage.js';
import { recordCommand } from './record/record.js';
import { replayCommand } from './replay/command.js';

async function start(config: AgentConfig): Promise<Running> {
  const logger = createLogger({ name: 'pkt-tracer', level: config.loggerLevel, format: config.loggerFormat });
  const leaveSignal = levelBySignal(logger);
  const app = await NestFactory.create<NestFastifyApplication>(
    AgentModule.register(config, logger),
    new FastifyAdapter({ forceCloseConnections: true }),
    {
      logger,
      abortOnError: false,
    },
  );
  const agent = app.get(Agent);
  const close = async (): Promise<void> => {
    await agent.stop(config.gracefulShutdownMs);
    await app.close();
    leaveSignal();
  };
  try {
    const { hostname, port } = new URL(config.endpoint.replace(/^tcp:/, 'http:'));
    await app.listen(Number(port || 80), hostname.replace(/^\[|\]$/g, ''));
    collectGarbage();
    const { ended } = await agent.start();
    return { close, ended };
  } catch (error) {
    await close();
    throw error;
  }
}

keepFreeMemoryLow(openLibc());
await runApp(
  {
    name: 'pkt-tracer',
    summary: "Traces this host's nftables rules and publishes what they did with each packet to NATS.",
    version: packageVersion(import.meta.url),
    prefix: 'PT_',
    config: AgentConfig,
    commands: [recordCommand, replayCommand],
  },
  start,
);
