/** Parameters of a request; a list is a parameter that is there several times. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

/**
 * @param base the hub's URL without a slash at its end
 * @param endpoint a path of the API with its placeholders: `/api/v1/packets/{id}`
 * @param path their values
 */
export function requestUrl(
  base: string,
  endpoint: string,
  query: Query,
  path: Readonly<Record<string, string>> = {},
): string {
  const filled = endpoint.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  return `${base}${filled}${parameters.length > 0 ? '?' : ''}${parameters.join('&')}`;
}
