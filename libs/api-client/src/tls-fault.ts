import { ApiError } from './errors.js';

const unknownAuthority =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED)$/;
const outOfTime = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/;
const wantsCertificate =
  /ALERT_CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_CERTIFICATE_(UNKNOWN|EXPIRED)|SSLV3_ALERT_HANDSHAKE_FAILURE/;

interface Fault extends Error {
  readonly code?: unknown;
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

/** Where writing fails, what OpenSSL says is in the text alone: `…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:…` */
function opensslWord(message: string): string {
  const [, reason = ''] = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(message) ?? [];
  return `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`;
}

/** @returns what is wrong with TLS, where it is that which kept us from the hub */
export function tlsFault(op: string, base: string, error: unknown): ApiError | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code, host, cert } = cause as Fault;
    const word = code === 'EPROTO' ? opensslWord(cause.message) : typeof code === 'string' ? code : '';
    const fault = (kind: 'untrusted' | 'bad_certificate' | 'needs_certificate' | 'no_tls', what: string) =>
      new ApiError(op, kind, `${base} ${what}`, { cause: error });
    if (unknownAuthority.test(word))
      return fault('untrusted', 'shows a certificate of an authority that is not known here');
    if (outOfTime.test(word))
      return fault('bad_certificate', `shows a certificate that is not valid now (${cause.message})`);
    if (word === 'ERR_TLS_CERT_ALTNAME_INVALID') {
      const names = cert?.subjectaltname ?? 'none';
      return fault('bad_certificate', `shows a certificate of another host (${names}, not ${host})`);
    }
    if (wantsCertificate.test(word))
      return fault('needs_certificate', 'wants a client certificate that it trusts');
    if (word === 'ERR_SSL_WRONG_VERSION_NUMBER' || word === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
      return fault('no_tls', 'speaks no TLS');
  }
  return undefined;
}
