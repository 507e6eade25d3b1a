// npm run bench:capture: how many trace events a second each reader takes without loss, and what an event costs it.
import { release } from 'node:os';
import { machineNow, tellIfBusy } from '../machine.js';
import { runBench, tell } from '../run.js';
import { buildFirewall, EVENTS_PER_PACKET } from './firewall.js';
import { BenchError, Lab } from './lab.js';
import { findCost, findHighest } from './measure.js';
import { type Options, parseOptions, usage } from './options.js';
import { type Probe, Subject } from './probe.js';
import { checkRequirements, nftVersion, Sender, startSink } from './programs.js';
import { drain } from './readers/drain.js';
import { nftMonitor } from './readers/nft-monitor.js';
import { nodeNetlink } from './readers/node-netlink.js';
import { pktTracer } from './readers/pkt-tracer.js';
import { type ReaderContext, type ReaderKind } from './readers/reader.js';
import { jsonLine, type Report, type Row, textReport, thousands } from './report.js';

const kinds: readonly ReaderKind[] = [nftMonitor, drain, nodeNetlink, pktTracer];
/** Of the highest rates, so that nobody loses while CPU time is measured */
const COMFORTABLE = 0.8;

async function bench(options: Options): Promise<Report> {
  checkRequirements();
  const machine = { ...machineNow(), kernel: release(), nft: nftVersion() };
  tellIfBusy(machine, 'rates will come out too low');
  const lab = new Lab();
  const namespaces = buildFirewall(lab);
  const insider = await startSink(lab, namespaces);
  const sender = new Sender(lab, namespaces);
  const { profileDirectory } = options;
  const context = { lab, namespaces, insider, ...(profileDirectory !== undefined && { profileDirectory }) };
  const chosen = kinds.filter(({ name }) => options.readers.includes(name));
  const found = await findRates(chosen, context, sender, options);
  const rows = await findCosts(found, context, sender, options);
  return {
    machine,
    seconds: options.effort.probe_s,
    eventsPerPacket: EVENTS_PER_PACKET,
    rows,
  };
}

/** A reader that cannot run here is left out, and said to be. */
async function findRates(
  chosen: readonly ReaderKind[],
  context: ReaderContext,
  sender: Sender,
  { effort }: Options,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of chosen) {
    const subject = new Subject(kind, context, sender);
    const taken = rows.filter(({ highest }) => highest.senderLimited).map(({ highest }) => highest.rate);
    const senderRate = Math.max(0, ...taken);
    const onProbe = (probe: Probe): void =>
      tell(`${kind.label}: ${thousands(probe.rate)} events/s ${outcome(probe)}`);
    try {
      rows.push({
        name: kind.name,
        label: kind.label,
        highest: await findHighest(subject, effort, senderRate, onProbe),
      });
    } catch (error) {
      if (!(error instanceof BenchError) || kind !== nodeNetlink) throw error;
      tell(`${kind.label} is left out: ${error.message}`);
    }
    await subject.stop();
  }
  return rows;
}

function outcome({ held, late, lost, received }: Probe): string {
  if (held) return 'held';
  if (!received) return 'ended it';
  return lost > 0 ? `lost ${thousands(lost)}` : late ? 'came late' : 'held';
}

/** Everybody at the same rate, but nft, which does not come near it. */
async function findCosts(
  rows: readonly Row[],
  context: ReaderContext,
  sender: Sender,
  { effort }: Options,
): Promise<Row[]> {
  const common =
    COMFORTABLE * Math.min(...rows.filter((r) => r.name !== 'nft-monitor').map((r) => r.highest.rate));
  const measured: Row[] = [];
  for (const row of rows) {
    const kind = kinds.find(({ name }) => name === row.name) as ReaderKind;
    const rate = row.name === 'nft-monitor' ? COMFORTABLE * row.highest.rate : common;
    tell(`${row.label}: CPU time at ${thousands(rate)} events/s`);
    const subject = new Subject(kind, context, sender);
    const cost = rate > 0 ? await findCost(subject, rate, effort) : undefined;
    await subject.stop();
    measured.push({ ...row, ...(cost && { cost }) });
  }
  return measured;
}

runBench({
  usage,
  parse: (args) =>
    parseOptions(
      args,
      kinds.map(({ name }) => name),
    ),
  measure: bench,
  text: textReport,
  line: jsonLine,
});
