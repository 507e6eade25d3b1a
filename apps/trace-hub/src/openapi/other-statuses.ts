import { type OpenAPIObject } from '@nestjs/swagger';
import { ref } from './operations.js';

const methods = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Says of every operation that whatever else it answers is a problem: what HTTP itself refuses, a fault of the hub. */
export function addOtherStatuses(document: OpenAPIObject): void {
  for (const item of Object.values(document.paths)) {
    for (const operation of methods.map((method) => item[method])) {
      if (!operation) continue;
      operation.responses.default = {
        description:
          'Any other status: what HTTP has for a request that is none of this operation (404, 405, 408, 413, 414, 415, 417, ' +
          '421, 431), or 500',
        content: { 'application/problem+json': { schema: ref('Problem') } },
      };
    }
  }
}
