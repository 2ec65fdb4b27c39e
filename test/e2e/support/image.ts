import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { type Environment, ROOT } from './service.js';

/** What a stage of the Dockerfile says, instruction by instruction. */
interface Instruction {
  readonly keyword: string;
  readonly text: string;
  /** Of the JSON form. */
  readonly words: readonly string[];
}

const BWRAP = ['--ro-bind', '/', '/', '--unshare-pid', 'true'];

/** Why the image's steps cannot be carried out on this machine, or null. */
export const imageFault =
  spawnSync('bwrap', BWRAP).status === 0 && spawnSync('setpriv', ['--version']).status === 0
    ? null
    : 'they need bwrap (Debian, Ubuntu: apt-get install bubblewrap)';

/** Whether this machine has a tini to stand for the image's. */
export const hasInit = spawnSync('tini', ['--version']).error === undefined;

/**
 * The image, its Dockerfile's steps carried out by hand in a directory: this machine's root file system stands for the base
 * image's, and what the checkout has built for the stage that builds it.
 */
export class Image {
  readonly #directory = mkdtempSync(join(tmpdir(), 'image-'));
  readonly #app = join(this.#directory, 'app');
  /** Where there is one: with the rights that the Dockerfile gives it. */
  readonly #tini: string | null;
  readonly #stages = readStages(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));

  constructor() {
    chmodSync(this.#directory, 0o755);
    for (const path of this.volumes) {
      mkdirSync(join(this.#directory, path));
      chmodSync(join(this.#directory, path), 0o777);
    }
    mkdirSync(this.#app, { mode: 0o755 });
    this.#tini = this.#installTini();
  }

  get volumes(): string[] {
    return this.#final('VOLUME').flatMap(({ words }) => words);
  }

  /** Its packages, as the stage `production` makes them, and the rest of /app. */
  build(): void {
    const stage = join(this.#directory, 'stage');
    mkdirSync(stage, { mode: 0o755 });
    for (const { keyword, text } of this.#stages.get('production') ?? []) {
      if (keyword === 'COPY') copy(text, ROOT, stage);
      if (keyword === 'RUN') this.#carryOut(text, stage);
    }
    for (const { text } of this.#final('COPY')) {
      const [from, source = ''] = /^--from=(\S+) \/app\/(\S+)/.exec(text)?.slice(1) ?? [];
      if (from === 'production') renameSync(join(stage, source), join(this.#app, source));
      else if (from === 'build') cpSync(join(ROOT, source), join(this.#app, source), { recursive: true });
      else if (from === undefined && !text.startsWith('--')) copy(text, ROOT, this.#app);
    }
    rmSync(stage, { recursive: true });
  }

  /** Bytes of what the image adds of its own: /app. */
  get appBytes(): number {
    return Number(spawnSync('du', ['-sb', this.#app], { encoding: 'utf8' }).stdout.split('\t')[0]);
  }

  /** The command line that runs a container of it: read-only but for its volumes, as its user, with its environment. */
  run(environment: Environment = {}, command = this.#entrypoint): string[] {
    const [uid = '', gid = ''] = this.#final('USER')[0]?.text.split(':') ?? [];
    const variables = {
      PATH: '/programs:/opt/node/bin:/usr/local/bin:/usr/bin:/bin',
      ...this.#environment,
      ...environment,
    };
    // setpriv itself has the right to read all until it has executed something: that is env.
    return [
      ...this.#sandbox(this.#app, '--ro-bind'),
      ...this.volumes.flatMap((path) => ['--bind', join(this.#directory, path), path]),
      ...(this.#tini === null ? [] : ['--ro-bind', this.#tini, '/programs']),
      ...['--clearenv', ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value])],
      ...['--die-with-parent', '--as-pid-1', '--', 'setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
      ...['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', 'env', ...command],
    ];
  }

  /** The command line that asks a container whether it is well. */
  healthcheck(environment: Environment): string[] {
    const words = this.#final('HEALTHCHECK')[0]?.words ?? [];
    return this.run(environment, [...words]);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #entrypoint(): string[] {
    const words = this.#final('ENTRYPOINT')[0]?.words ?? [];
    return this.#tini === null ? words.slice(2) : [...words];
  }

  get #environment(): Record<string, string> {
    const pairs = this.#final('ENV').flatMap(({ text }) => text.split(/\s+/));
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    );
  }

  #installTini(): string | null {
    const stage = this.#stages.get('programs') ?? [];
    const [, mode = ''] = /install -m (\d+) \/usr\/bin\/tini/.exec(stage.map(({ text }) => text).join('\n')) ?? [];
    if (!hasInit) return null;
    const found = spawnSync('which', ['tini'], { encoding: 'utf8' }).stdout.trim();
    const directory = join(this.#directory, 'programs');
    mkdirSync(directory, { mode: 0o755 });
    cpSync(found, join(directory, 'tini'));
    chmodSync(join(directory, 'tini'), parseInt(mode, 8));
    return directory;
  }

  #final(keyword: string): Instruction[] {
    return [...(this.#stages.get('') ?? [])].filter((instruction) => instruction.keyword === keyword);
  }

  #carryOut(command: string, app: string): void {
    const cache = process.env['npm_config_cache'] ?? join(homedir(), '.npm');
    mkdirSync(cache, { recursive: true });
    const [file = '', ...args] = [
      ...this.#sandbox(app, '--bind'),
      ...['--tmpfs', '/tmp', '--ro-bind-try', homedir(), homedir(), '--bind', cache, cache],
      ...[
        '--setenv',
        'PATH',
        '/opt/node/bin:/usr/local/bin:/usr/bin:/bin',
        '--setenv',
        'npm_config_prefer_offline',
        'true',
      ],
      ...['--', 'sh', '-ec', command.replaceAll('\\\n', ' ')],
    ];
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`RUN ${command} failed: ${stdout}${stderr}`);
  }

  #sandbox(app: string, bind: '--bind' | '--ro-bind'): string[] {
    return [
      'bwrap',
      ...['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc'].flatMap((path) => ['--ro-bind-try', path, path]),
      ...['--ro-bind', dirname(dirname(process.execPath)), '/opt/node', '--proc', '/proc', '--dev', '/dev'],
      ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', bind, app, '/app', '--chdir', '/app'],
    ];
  }
}

/** The stages by their names; the last one, which is the image, has none. */
function readStages(text: string): Map<string, Instruction[]> {
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    const said = text.slice(...(bounds(text, instruction.getRange()) as [number, number]));
    const rest = said.slice(keyword.length).trim();
    if (keyword === 'FROM') {
      current = [];
      stages.set(/ AS (\S+)$/.exec(rest)?.[1] ?? '', current);
    }
    const json = /\[.*\]$/s.exec(rest)?.[0];
    current.push({ keyword, text: rest, words: json === undefined ? [] : (JSON.parse(json) as string[]) });
  }
  return stages;
}

type Range = ReturnType<ReturnType<typeof DockerfileParser.parse>['getRange']>;

function bounds(text: string, { start, end }: NonNullable<Range>): number[] {
  const lines = text.split('\n');
  const offset = ({ line, character }: { line: number; character: number }): number =>
    lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, character);
  return [offset(start), offset(end)];
}

/** COPY of files and directories of the build context. */
function copy(text: string, from: string, to: string): void {
  const words = text.split(/\s+/);
  const target = words.pop() ?? '.';
  for (const source of words) {
    if (!existsSync(join(from, source))) throw new Error(`COPY ${source}: it is not there`);
    const name = target.endsWith('/') ? join(target, source.split('/').at(-1) ?? '') : target;
    cpSync(join(from, source), join(to, name), { recursive: true });
  }
}
