import { type OpenAPIObject } from '@nestjs/swagger';
import { neededRole } from '../auth/needed-role.js';
import { ref } from './operations.js';

const refusals = {
  401: 'The hub asks for a login and this is none that it knows',
  403: 'The role is not enough, or a web page of another origin asks',
  429: 'Too many requests in a minute; the header Retry-After says when to ask again',
} as const;

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Says of every operation that asks for a login what that is, and how it is refused. */
export function addSecurity(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        description: 'A token of `trace-hub token`, where the hub asks for one',
      },
    },
  };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (!operation || neededRole(method.toUpperCase(), path) === undefined) continue;
      // A hub without logins takes requests without a token too.
      operation.security = [{ token: [] }, {}];
      for (const [status, description] of Object.entries(refusals)) {
        operation.responses[status] ??= {
          description,
          content: { 'application/problem+json': { schema: ref('Problem') } },
        };
      }
    }
  }
}
