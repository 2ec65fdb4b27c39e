import { NestFactory } from '@nestjs/core';
import { AppConfig } from './app-config.js';
import { ConfigError } from './config-error.js';
import { ConfigModule } from './config.module.js';

/** EX_CONFIG of sysexits(3). */
const EXIT_CONFIG = 78;

/**
 * The configuration of a program; where it is faulty, names the faults on stderr and ends the program.
 * @param faultsOf what is wrong with it on this machine
 */
export async function readConfig(faultsOf: (config: AppConfig) => readonly string[] = () => []): Promise<AppConfig> {
  try {
    const context = await NestFactory.createApplicationContext(ConfigModule.forEnvironment(), {
      logger: false,
      abortOnError: false,
    });
    const config = context.get<AppConfig>(AppConfig);
    const faults = faultsOf(config);
    if (faults.length > 0) throw new ConfigError(faults);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}
