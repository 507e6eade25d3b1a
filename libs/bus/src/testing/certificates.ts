import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Made in a tenth of the time of an RSA key. */
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority of a test's own, with the PEM files of what it signs. */
export class TestAuthority {
  readonly directory = mkdtempSync(join(tmpdir(), 'visor-tls-'));
  readonly ca = join(this.directory, 'ca.pem');
  readonly #key = join(this.directory, 'ca.key');

  constructor(name = 'test authority') {
    const request = ['req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${name}`];
    openssl(...request, '-keyout', this.#key, '-out', this.ca);
  }

  /** @param names as in subjectAltName: `DNS:nats.test,IP:127.0.0.1` @param days -1: it expired yesterday */
  sign(label: string, names: string, days = 2): { readonly cert: string; readonly key: string } {
    const [cert, key] = [join(this.directory, `${label}.pem`), join(this.directory, `${label}.key`)];
    const [request, extensions] = [`${cert}.csr`, `${cert}.ext`];
    openssl('req', ...newKey, '-subj', `/CN=${label}`, '-keyout', key, '-out', request);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    const signing = ['-CA', this.ca, '-CAkey', this.#key, '-CAcreateserial', '-days', String(days)];
    openssl('x509', '-req', '-in', request, ...signing, '-extfile', extensions, '-out', cert);
    return { cert, key };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
