import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ConfigModule as EnvironmentFileModule } from '@nestjs/config';
import { AppConfig } from './app-config.js';
import { loadConfig } from './load-config.js';

/** The configuration, for every room: an optional `.env` in the working directory beneath the environment. */
@Global()
@Module({})
export class ConfigModule {
  /** @throws ConfigError that names every fault of the environment */
  static forEnvironment(): DynamicModule {
    return {
      module: ConfigModule,
      imports: [EnvironmentFileModule.forRoot({ envFilePath: '.env', cache: true })],
      providers: [{ provide: AppConfig, useFactory: () => loadConfig(process.env) }],
      exports: [AppConfig],
    };
  }
}
