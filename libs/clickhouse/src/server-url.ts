import { StoreError } from './errors.js';

/** `http(s)://user:password@host:8123,host:8123/database` */
export interface ServerUrl {
  /** One for each host. */
  readonly hosts: readonly [URL, ...URL[]];
  /** For messages: all hosts, no password. */
  readonly shown: string;
}

/**
 * @returns undefined where it is no address of a server
 * @throws StoreError 'bad_url' where one of several hosts is none
 */
export function parseServerUrl(url: string): ServerUrl | undefined {
  const [, scheme, login = '', list = '', rest = ''] =
    /^(https?:\/\/)([^@/]*@)?([^/?#@]+)([/?#].*)?$/s.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  const [first, ...others] = list.split(',').map((host) => {
    const one = `${scheme}${login}${host}${rest}`;
    if (host === '' || !URL.canParse(one)) {
      throw new StoreError(
        'open',
        'bad_url',
        `storage.clickhouse.url names a host "${host}", which is none: use http(s)://user:password@host:8123,host:8123/database.`,
      );
    }
    return new URL(one);
  });
  if (!first) return undefined;
  const user = first.username ? `${first.username}@` : '';
  const shown = `${scheme}${user}${[first, ...others].map(({ host }) => host).join(',')}${first.pathname}`;
  return { hosts: [first, ...others], shown };
}
