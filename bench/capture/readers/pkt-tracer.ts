import { join } from 'node:path';
import { READER_CPU } from '../programs.js';
import { CountingReader, type ReaderKind } from './reader.js';

/** The agent's own capture, up to the Arrow stream that it would compress and publish */
export const pktTracer: ReaderKind = {
  name: 'pkt-tracer',
  label: 'pkt-tracer',
  filtersEnds: true,
  start: ({ lab, namespaces, profileDirectory }) => {
    const profile = profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : [];
    const program = join(import.meta.dirname, 'pkt-tracer-process.js');
    const child = lab.launch([process.execPath, ...profile, program, namespaces.firewall], {
      cpu: READER_CPU,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return CountingReader.from(child, pktTracer.label);
  },
};
