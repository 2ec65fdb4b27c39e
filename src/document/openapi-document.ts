import type { INestApplication } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExcludeEndpoint,
  ApiOperation,
  ApiResponse,
  DocumentBuilder,
  SwaggerModule,
} from '@nestjs/swagger';
import { VERSION } from '../config/version.js';
import { HealthController } from '../health/health.controller.js';
import { MetricsController } from '../telemetry/metrics/metrics.controller.js';
import { ANSWERS, type Answer, type ControllerClass } from './http-answers.js';

const TITLE = 'CC Executor over HTTP';
const DESCRIPTION =
  'What the service answers beside its WebSocket. Commands are run over the WebSocket: /openrpc.json tells how.';

/**
 * The HTTP part of the service as an OpenAPI document. The framework's decorators are applied here and not where the
 * routes are: they are only needed for this, and large.
 */
export function openApiDocument(app: INestApplication, documents: ControllerClass): object {
  for (const [name, answers] of Object.entries(ANSWERS.health)) describe(HealthController, name, answers);
  for (const [name, answers] of Object.entries(ANSWERS.metrics)) describe(MetricsController, name, answers);
  for (const [name, answers] of Object.entries(ANSWERS.documents)) describe(documents, name, answers);
  for (const name of ['page', 'script', 'asset']) decorate(documents, name, ApiExcludeEndpoint());
  decorate(MetricsController, 'read', ApiBearerAuth());
  const builder = new DocumentBuilder().setTitle(TITLE).setDescription(DESCRIPTION).setVersion(VERSION).addBearerAuth();
  return SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false });
}

function describe(controller: ControllerClass, name: string, { summary, answers }: Answer): void {
  decorate(controller, name, ApiOperation({ summary, operationId: name }));
  for (const { status, description, content, schema } of answers)
    decorate(controller, name, ApiResponse({ status, description, content: { [content]: { schema } } }));
}

function decorate(controller: ControllerClass, name: string, decorator: MethodDecorator): void {
  const { prototype } = controller;
  const method = Object.getOwnPropertyDescriptor(prototype, name);
  if (method === undefined) throw new Error(`${controller.name} has no ${name}`);
  decorator(prototype, name, method);
}
