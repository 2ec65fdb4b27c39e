import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppConfig } from '../config/app-config.js';
import { loadConfig } from '../config/load-config.js';

/** The configuration of rooms that are opened for a check. */
class CheckedConfigModule {}
/** The rooms. */
class CheckedRoomsModule {}

/** Opens rooms of the service in this process, put together as the service does it. To be closed by the caller. */
export function openRooms(
  variables: Readonly<Record<string, string>>,
  rooms: readonly Type[],
): Promise<INestApplicationContext> {
  const config: DynamicModule = {
    module: CheckedConfigModule,
    global: true,
    providers: [{ provide: AppConfig, useValue: loadConfig({ ...variables }) }],
    exports: [AppConfig],
  };
  const module: DynamicModule = { module: CheckedRoomsModule, imports: [config, ...rooms] };
  return NestFactory.createApplicationContext(module, { logger: ['error', 'fatal'], abortOnError: false });
}
