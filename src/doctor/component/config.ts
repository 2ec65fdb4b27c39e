import { hostFaults } from '../../process/host-faults.js';
import { ConfigError } from '../../config/config-error.js';
import { describeConfig } from '../../config/describe-config.js';
import { loadConfig } from '../../config/load-config.js';
import { readConfig } from '../../config/read-config.js';
import type { DoctorComponent } from '../doctor-component.js';

/** The configuration: the user's own, and how variables are read. */
export const configComponent: DoctorComponent = {
  name: 'config',
  title: 'the configuration in force, its sections, and how variables are read and refused',
  maxSeconds: 30,
  isOfUser: true,
  async run({ checks, variables }) {
    // Ends this run with a line for each fault where there is one.
    const own = await readConfig(hostFaults);
    checks.holds('the configuration of this environment is accepted', own.server.port >= 0, 'to be accepted', {
      host: own.server.host,
      port: own.server.port,
      shell: own.process.shell,
    });
    const { PATH, HOME, DATA_DIR } = variables;
    const base = { PATH, HOME, DATA_DIR };
    const config = loadConfig({ ...base, ALLOWED_COMMANDS: 'echo,ls,cat,grep', LOG_LEVEL: 'WARN' });
    const sections = [...describeConfig(config).matchAll(/^\[(\w+)\]$/gm)].map(([, name = '']) => name);
    checks.equals('the sections that are told are those there are', Object.keys(config).sort(), sections.sort());
    checks.equals("ALLOWED_COMMANDS='echo,ls,cat,grep'", ['echo', 'ls', 'cat', 'grep'], config.policy.allowedCommands);
    checks.equals('LOG_LEVEL=WARN', 'warn', config.log.level);
    checks.equals('DEBUG=true', 'debug', loadConfig({ ...base, DEBUG: 'true' }).log.level);
    checks.equals('without LOG_LEVEL and DEBUG', 'info', loadConfig(base).log.level);
    checks.equals('without ALLOWED_COMMANDS', null, loadConfig(base).policy.allowedCommands);
    checks.equals(
      'without PORT, HOST and MAX_SESSIONS',
      [8003, '127.0.0.1', 100],
      [loadConfig(base).server.port, loadConfig(base).server.host, loadConfig(base).session.maxSessions],
    );
    checks.equals(
      'faults are named, each in a line',
      ['LOG_LEVEL', 'PORT'],
      faultyNames({ ...base, PORT: 'x', LOG_LEVEL: 'loud' }),
    );
  },
};

function faultyNames(variables: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) => fault.slice(0, fault.indexOf(':'))).sort();
  }
}
