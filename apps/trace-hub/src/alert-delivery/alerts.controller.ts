import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Silence } from '#bus';
import { type AlertJson, selectAlerts } from '#clickhouse';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { EmptyAnswers } from '../aggregate/empty-answer.service.js';
import { ClientSignal } from '../http/client-signal.js';
import { NoParameters } from '../http/no-parameters.js';
import { Problem } from '../http/problem.js';
import { ValidQuery } from '../http/valid-query.js';
import {
  ApiAlert,
  ApiAlerts,
  ApiCreateSilence,
  ApiDeleteSilence,
  ApiSilences,
} from '../openapi/alert-operations.js';
import { QueryService } from '../query/query.service.js';
import { acceptedFormat } from '../read/accept.js';
import { tablePieces } from '../read/answer.js';
import { envelope } from '../read/envelope.js';
import { countLines, firstLine, lastLine } from '../read/lines.js';
import { sendPieces } from '../read/row-reply.js';
import { keyOfAlert } from './alert-cursor.js';
import { AlertRepository } from './alert.repository.js';
import { AlertsQuery } from './alerts-query.js';
import { readSilence } from './silence-body.js';
import { SilencesService } from './silences.service.js';

/** A list that is small. */
export interface ListJson<T> {
  readonly rows: readonly T[];
  readonly count: number;
}

/** An alert in its newest state, and how it came to it. */
export interface AlertStory extends AlertJson {
  readonly history: readonly AlertJson[];
}

@ApiTags('alerts')
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(
    private readonly alerts: AlertRepository,
    private readonly silences: SilencesService,
    private readonly queries: QueryService,
    private readonly empties: EmptyAnswers,
  ) {}

  @Get()
  @ApiAlerts()
  async listAlerts(
    @ValidQuery(AlertsQuery) query: AlertsQuery,
    @ClientSignal() signal: AbortSignal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format = acceptedFormat(request.headers.accept) } = query;
    const pieces =
      format === 'json'
        ? this.#page(query, signal)
        : tablePieces(this.queries, selectAlerts(query.alerts()), { format, signal });
    await sendPieces(reply, format, pieces);
  }

  /** A document of alerts; with one more than it has it is known whether there are more. */
  async *#page(query: AlertsQuery, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const statement = selectAlerts(query.alerts(1));
    const { bytes } = await this.queries.whole(statement, { signal });
    const { take } = query.alerts();
    const [forward, most] = 'first' in take ? [true, take.first] : [false, take.last];
    const found = countLines(bytes);
    if (found <= most) {
      const told = found > 0 ? {} : await this.empties.explain(statement, query.time(), signal);
      yield envelope(bytes, { count: found, ...told });
      return;
    }
    const rows = forward ? lastLine(bytes).before : bytes.subarray(firstLine(bytes).length);
    const edge = (forward ? lastLine(rows) : firstLine(rows)).line;
    const next = query.next(keyOfAlert(JSON.parse(edge) as AlertJson));
    yield envelope(rows, { count: most, next });
  }

  @Get('silences')
  @ApiSilences()
  listSilences(@ValidQuery(NoParameters) _none: NoParameters): ListJson<Silence> {
    const rows = this.silences.all;
    return { rows, count: rows.length };
  }

  @Post('silences')
  @HttpCode(201)
  @ApiCreateSilence()
  createSilence(
    @Body() body: unknown,
    @ValidQuery(NoParameters) _none: NoParameters,
    @Req() request: FastifyRequest,
  ): Promise<Silence> {
    return this.silences.add(readSilence(body, request.audited?.caller?.name ?? ''));
  }

  @Delete('silences/:id')
  @HttpCode(204)
  @ApiDeleteSilence()
  deleteSilence(@Param('id') id: string, @ValidQuery(NoParameters) _none: NoParameters): Promise<void> {
    return this.silences.remove(id);
  }

  @Get(':id')
  @ApiAlert()
  async getAlert(
    @Param('id') id: string,
    @ValidQuery(NoParameters) _none: NoParameters,
    @ClientSignal() signal: AbortSignal,
  ): Promise<AlertStory> {
    const history = await this.alerts.history(id, signal);
    const newest = history.find(({ state }) => state === 'resolved') ?? history.at(-1);
    if (newest) return { ...newest, history };
    throw new Problem(
      404,
      `there is no alert "${id.slice(0, 100)}"; the list of alerts has those there are`,
      {
        field: 'id',
      },
    );
  }
}
