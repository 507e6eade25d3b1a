/**
 * One trace event, decoded. There is one of these and it is filled again for every message: nothing on this path
 * makes an object per event. Headers are ranges of the receive buffer; a length of 0 means absent.
 */
export class TraceEvent {
  bytes: Uint8Array = new Uint8Array(0);
  id = 0;
  /** TRACETYPE_…; 0 when absent */
  type = 0;
  /** The table's family, NFPROTO_… (of the nfgenmsg) */
  family = 0;
  /** The packet's own, NFPROTO_…: in an inet table NFPROTO_IPV4 or NFPROTO_IPV6 */
  nfproto = 0;
  /** Numbers of the StringTable */
  table = 0;
  chain = 0;
  jumpTarget = 0;
  handleLow = 0;
  handleHigh = 0;
  hasVerdict = false;
  /** NF_… or NFT_…; the queue number of NF_QUEUE is cut off */
  verdict = 0;
  hasPolicy = false;
  policy = 0;
  iif = 0;
  iifType = 0;
  oif = 0;
  oifType = 0;
  mark = 0;
  ctId = 0;
  /** 0 original, 1 reply, -1 absent */
  ctDirection = -1;
  ctStatus = 0;
  ctState = 0;
  linkAt = 0;
  linkLength = 0;
  networkAt = 0;
  networkLength = 0;
  transportAt = 0;
  transportLength = 0;

  /** Whether this event bears headers or interfaces: the first of a base chain's evaluation does. */
  get startsChain(): boolean {
    return this.networkLength > 0 || this.linkLength > 0 || this.iif !== 0 || this.oif !== 0;
  }

  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.id = this.type = this.family = this.nfproto = this.table = this.chain = this.jumpTarget = 0;
    this.handleLow = this.handleHigh = this.verdict = this.policy = 0;
    this.hasVerdict = this.hasPolicy = false;
    this.iif = this.iifType = this.oif = this.oifType = this.mark = 0;
    this.ctId = this.ctStatus = this.ctState = 0;
    this.ctDirection = -1;
    this.linkAt = this.linkLength = this.networkAt = this.networkLength = 0;
    this.transportAt = this.transportLength = 0;
  }
}
