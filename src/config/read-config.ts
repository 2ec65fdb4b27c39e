import { NestFactory } from '@nestjs/core';
import { AppConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import { ConfigModule } from './config.module.js';

/** EX_CONFIG of sysexits(3). */
const EXIT_CONFIG = 78;

/** The configuration of a program; where it is faulty, names the faults on stderr and ends the program. */
export async function readConfig(): Promise<AppConfig> {
  try {
    const context = await NestFactory.createApplicationContext(ConfigModule.forEnvironment(), {
      logger: false,
      abortOnError: false,
    });
    return context.get<AppConfig>(AppConfig);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}
