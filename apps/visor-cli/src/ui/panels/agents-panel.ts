import { type Agent } from '#api-client';
import { agentTable, secondsText } from '../../agents/agent-table.js';
import { causesOf, healthOf, lagOf, lostBy } from '../../agents/health.js';
import { parseAgent } from '../../agents/parse-agent.js';
import { type Rate, RATE_SPAN, ratesOf } from '../../agents/rates.js';
import { printable } from '../../format/printable.js';
import { wrapped } from '../../format/wrap.js';
import { LossLines } from '../../watch/loss-lines.js';
import { type ColumnValue, type Lines, type Panel, type PanelProps, type UiParts } from '../contracts.js';
import { type Action } from '../model/actions.js';
import { flagValue, withValue } from '../model/add-value.js';
import { Poll } from './answers.js';

const EVERY_MS = 5000;
/** The table of `visor-cli agents` has room from here on. */
const WIDE = 78;
/** Losses of each agent that are told. */
const LOSSES = 3;

interface Fleet {
  readonly agents: readonly Agent[];
  readonly rates: ReadonlyMap<string, Rate> | undefined;
  /** Why rates are not known; safe to print. */
  readonly notice: string | undefined;
}

interface Line {
  readonly text: string;
  readonly agent?: string;
}

/** The agents: how they do, how much they see, what they lost. */
export class AgentsPanel implements Panel {
  readonly name = 'agents';
  readonly title = 'Agents';
  readonly #poll: Poll<Fleet>;
  #shown: readonly Line[] = [];

  constructor(private readonly parts: UiParts) {
    this.#poll = new Poll(parts, EVERY_MS);
  }

  update(): void {
    const { client } = this.parts;
    this.#poll.update('agents', async (signal) => {
      const agents = (await client.agents(signal)).map(parseAgent);
      let notice: string | undefined;
      const rates =
        agents.length > 0 ? await ratesOf(client, (line) => (notice = printable(line)), signal) : undefined;
      return { agents, rates, notice };
    });
  }

  close(): void {
    this.#poll.close();
  }

  lines({ width }: PanelProps): Lines {
    const { value, fault } = this.#poll;
    const { paint } = this.parts;
    const told = [fault, value?.notice].filter((text) => text !== undefined);
    const notes = told.flatMap((text) => wrapped([{ text, paint: (shown) => paint.loss(shown) }], width));
    const waiting = fault === undefined ? [{ text: 'asking the hub …' }] : [];
    this.#shown = [...notes.map((text) => ({ text })), ...(value ? this.#fleet(value, width) : waiting)];
    return this.#shown.map(({ text }) => text);
  }

  #fleet(fleet: Fleet, width: number): Line[] {
    if (fleet.agents.length === 0) return [{ text: 'no agent has told the hub of itself yet' }];
    const lines = width < WIDE ? this.#blocks(fleet, width) : this.#table(fleet, width);
    return [...lines, ...this.#losses(fleet, width), { text: '' }, this.#note(width)];
  }

  #note(width: number): Line {
    const [text = ''] = wrapped([{ text: `rates are means of the last ${RATE_SPAN}` }], width);
    return { text: this.parts.paint.dim(text) };
  }

  #table({ agents, rates }: Fleet, width: number): Line[] {
    const text = agentTable(agents, rates, { paint: this.parts.paint, width, wide: false });
    return text
      .replace(/\n$/, '')
      .split('\n')
      .map((line, at) => ({ text: line, ...(at > 0 && { agent: agents[at - 1]?.agent_id ?? '' }) }));
  }

  #blocks({ agents, rates }: Fleet, width: number): Line[] {
    return agents.flatMap((agent) => {
      const { agent_id, age_s, uptime_s } = agent;
      const health = healthOf(agent);
      const rate = rates?.get(agent_id) ?? { packets: 0, drops: 0 };
      const facts = [
        `seen ${secondsText(age_s)} ago`,
        `up ${secondsText(uptime_s)}`,
        ...(rates ? [`${number(rate.packets)} packets/s`, `${number(rate.drops)} drops/s`] : []),
        `lag ${secondsText(lagOf(agent))}`,
        ...(lostBy(agent) > 0 ? [`lost ${lostBy(agent)}: ${printable(causesOf(agent))}`] : []),
      ];
      const shown = health === 'ok' ? health : this.parts.paint.loss(health);
      const told = wrapped([{ text: facts.join(', ') }], width - 2).map((line) => `  ${line}`);
      return [`${printable(agent_id)}  ${shown}`, ...told].map((text) => ({ text, agent: agent_id }));
    });
  }

  #losses({ agents }: Fleet, width: number): Line[] {
    const { clock, paint } = this.parts;
    const teller = new LossLines(clock());
    const lines = agents.flatMap(({ agent_id, losses }) =>
      losses.slice(-LOSSES).flatMap((loss) => {
        const text = teller.line(JSON.stringify(loss)) ?? '';
        return wrapped([{ text, paint: (shown) => paint.loss(shown) }], width, { hang: 2 }).map((line) => ({
          text: line,
          agent: agent_id,
        }));
      }),
    );
    return lines.length > 0 ? [{ text: '' }, ...lines] : [];
  }

  valueAt(line: number): ColumnValue | undefined {
    const agent = this.#shown[line]?.agent;
    return agent === undefined ? undefined : { column: 'agent_id', value: flagValue('agent_id', agent) };
  }

  enter(line: number): readonly Action[] {
    const found = this.valueAt(line);
    if (!found) return [];
    return [
      { type: 'filter', filter: withValue(this.parts.state().filter, found.column, found.value, false) },
      { type: 'message', text: 'only what this agent sees; f shows the filter' },
    ];
  }
}

const number = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
