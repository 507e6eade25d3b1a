import { type FastifyInstance } from 'fastify';

interface KnownPath {
  /** Undefined: a placeholder. */
  readonly parts: readonly (string | undefined)[];
  readonly methods: Set<string>;
}

/** Which methods each path has, so that a request with another is told. */
export class RouteMethods {
  readonly #paths = new Map<string, KnownPath>();

  /** Learns all routes that are declared from here on. */
  follow(instance: FastifyInstance): void {
    instance.addHook('onRoute', ({ method, url }) => this.#add([method].flat(), url));
  }

  /** @param path without its query @returns the methods in the order of the alphabet; none where there is no such path */
  of(path: string): string[] {
    const parts = path.split('/');
    const found = [...this.#paths.values()].filter(
      (known) =>
        known.parts.length === parts.length &&
        known.parts.every((part, at) => (part === undefined ? parts[at] !== '' : part === parts[at])),
    );
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }

  #add(methods: readonly string[], url: string): void {
    // Of what is there for every path nothing follows for one.
    if (url.includes('*')) return;
    const known = this.#paths.get(url);
    if (known) return methods.forEach((method) => known.methods.add(method));
    const parts = url.split('/').map((part) => (part.startsWith(':') ? undefined : part));
    this.#paths.set(url, { parts, methods: new Set(methods) });
  }
}
