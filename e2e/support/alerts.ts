import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { alertsStream, type AlertMessage, type Bus, parseAlertMessage } from '#bus';
import { type Lab } from './lab.js';

/** An alert as somebody was told of it, and when that was (ms since 1970). */
export interface ToldAlert {
  readonly alert: AlertMessage;
  readonly at_ms: number;
}

function told(bytes: Uint8Array): ToldAlert {
  const alert = parseAlertMessage(bytes);
  if ('malformed' in alert) throw new Error(`no alert: ${alert.malformed}`);
  return { alert, at_ms: Date.now() };
}

/** @returns what a plain subscriber of NATS hears from now on */
export async function hearAlerts(bus: Bus): Promise<readonly ToldAlert[]> {
  const heard: ToldAlert[] = [];
  bus.connection.subscribe('visor.v1.alerts.>', {
    callback: (_error, message) => {
      if (message.data.length > 1) heard.push(told(message.data));
    },
  });
  await bus.connection.flush();
  return heard;
}

/** @returns all that the stream of alerts has */
export async function storedAlerts(bus: Bus): Promise<AlertMessage[]> {
  const { state } = await bus.manager.streams.info(alertsStream);
  const alerts: AlertMessage[] = [];
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await bus.manager.streams.getMessage(alertsStream, { seq });
    if (message) alerts.push(told(message.data).alert);
  }
  return alerts;
}

/** Takes what the webhook of the form `visor` sends. */
export async function receiveAlerts(
  lab: Lab,
): Promise<{ readonly url: string; readonly got: readonly ToldAlert[] }> {
  const got: ToldAlert[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { alert } = JSON.parse(Buffer.concat(chunks).toString()) as { alert: AlertMessage };
      got.push({ alert, at_ms: Date.now() });
      response.writeHead(200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lab.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, got };
}
