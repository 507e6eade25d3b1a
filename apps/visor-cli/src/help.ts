import { Help } from '@oclif/core';

const examples = `EXAMPLES
  $ visor-cli watch                            the last 20 packets, and what decided their fate
  $ visor-cli watch -f                         new packets as they come
  $ visor-cli watch -f --fate dropped          new drops only
  $ visor-cli watch --since 15m --dport 443    the last quarter of an hour on port 443
  $ visor-cli watch --ip-src 10.0.0.0/8 --hops every rule that packets from there met
  $ visor-cli ruleset list                     the tables, and when they changed

ENVIRONMENT
  VISOR_HOST   the trace-hub's URL (default http://127.0.0.1:9650)
  VISOR_TOKEN  bearer token, where the hub asks for one
  VISOR_CA     authorities that may sign its certificate; VISOR_CERT and VISOR_KEY: one of ours
  NO_COLOR     no colours unless --color always`;

/** oclif's help, with examples at the root. */
export class VisorHelp extends Help {
  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    this.log(examples);
  }
}
