import { type Role } from './token-lines.js';

/** What has nothing of anybody's packets in it. */
const open: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/:file']);
/** Asked by machines in short intervals, and cheap. */
const health: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
const testRoute = '/api/v1/alerts/test';
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whatever is not named here asks for a role, a route of tomorrow too: to read with `read`, else with `admin`.
 * @param route as it was declared; undefined where none matched
 * @returns undefined where everybody may
 */
export function neededRole(method: string, route: string | undefined): Role | undefined {
  if (route !== undefined && open.has(route)) return undefined;
  // A question that is too long for a URL changes nothing either.
  if (reading.has(method) || route?.startsWith('/api/v1/query/') || route === testRoute) return 'read';
  return 'admin';
}

/** @returns whether a route counts in no limit */
export const isHealth = (route: string | undefined): boolean => route !== undefined && health.has(route);
