import { Controller, Get, Header, NotFoundException, Res } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Metrics } from './metrics.js';

/** What Prometheus reads. */
@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Everything that is counted, as it is now; 404 with METRICS=off. */
  @Get('metrics')
  @Header('Cache-Control', 'no-store')
  async read(@Res({ passthrough: true }) response: ServerResponse): Promise<string> {
    if (!this.metrics.isOn) throw new NotFoundException();
    response.setHeader('Content-Type', this.metrics.contentType);
    return this.metrics.text();
  }
}
