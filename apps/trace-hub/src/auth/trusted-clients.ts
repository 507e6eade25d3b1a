import { X509Certificate } from 'node:crypto';
import { type Server } from 'node:https';
import { type TLSSocket } from 'node:tls';

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** No chain is longer. */
const maxChain = 10;

/** @returns whether one of a client's chain is an authority's certificate, or signed by one */
function isTrusted(
  certificate: X509Certificate | undefined,
  authorities: readonly X509Certificate[],
): boolean {
  let one = certificate;
  for (let depth = 0; one && depth < maxChain; depth++) {
    const { fingerprint256 } = one;
    for (const authority of authorities) {
      if (authority.fingerprint256 === fingerprint256) return true;
      if (one.checkIssued(authority) && one.verify(authority.publicKey)) return true;
    }
    one = one.issuerCertificate;
  }
  return false;
}

/** Connections whose certificate was taken when they began: they last for days, and who is trusted may change. */
export class TrustedClients {
  readonly #sockets = new Set<TLSSocket>();
  #authorities: readonly X509Certificate[] | undefined;

  follow(server: Server): void {
    server.on('secureConnection', (socket) => {
      if (!socket.authorized) return;
      // The handshake may have begun before others were trusted.
      if (this.#authorities && !this.#isTrusted(socket)) return socket.destroy();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** @param ca the authorities from now on, PEM @returns how many connections were ended: none of these signed for them */
  trust(ca: Buffer): number {
    this.#authorities = [...ca.toString().matchAll(pem)].map(([text]) => new X509Certificate(text));
    const ended = [...this.#sockets].filter((socket) => !this.#isTrusted(socket));
    for (const socket of ended) socket.destroy();
    return ended.length;
  }

  #isTrusted(socket: TLSSocket): boolean {
    return isTrusted(socket.getPeerX509Certificate(), this.#authorities ?? []);
  }
}
