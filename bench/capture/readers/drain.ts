import { compile, READER_CPU } from '../programs.js';
import { CountingReader, type ReaderKind } from './reader.js';

/** recvmmsg and nothing more: what a reader can come near to and not beat */
export const drain: ReaderKind = {
  name: 'drain',
  label: 'C recvmmsg drain',
  start: ({ lab, namespaces }) => {
    const child = lab.launch([compile(lab, 'drain')], {
      namespace: namespaces.firewall,
      cpu: READER_CPU,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return CountingReader.from(child, drain.label);
  },
};
