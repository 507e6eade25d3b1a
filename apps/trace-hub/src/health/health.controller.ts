import { Controller, Get, HttpStatus, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { withoutPartReasons } from '#app-kit';
import { isKnown } from '../auth/identify.js';
import { healthContent, readinessContent } from '../openapi/health-schema.js';
import { HubParts } from '../parts.js';
import { type Health, HealthService, withoutReasons } from './health.service.js';

/** Parameters are not looked at: whoever probes may add one so that no proxy answers from what it keeps. */
@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly parts: HubParts,
    private readonly health: HealthService,
  ) {}

  @Get('healthz')
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'Whether the process answers, and how its parts were found last',
  })
  @ApiResponse({ status: 200, description: 'It does', content: healthContent })
  healthz(@Req() request: FastifyRequest): Health {
    const { health } = this.health;
    if (isKnown(request.raw, this.parts.access.logins)) return health;
    return { ...health, parts: withoutPartReasons(health.parts) };
  }

  @Get('readyz')
  @ApiOperation({ operationId: 'getReadiness', summary: 'Whether NATS is connected and ClickHouse answers' })
  @ApiResponse({ status: 200, description: 'Both do', content: readinessContent })
  @ApiResponse({
    status: 503,
    description: 'One does not; the answer tells which, and with a login why',
    content: readinessContent,
  })
  async readyz(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const readiness = await this.health.readiness();
    const known = isKnown(request.raw, this.parts.access.logins);
    const status = readiness.status === 'ok' ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE;
    void reply.status(status).send(known ? readiness : withoutReasons(readiness));
  }
}
