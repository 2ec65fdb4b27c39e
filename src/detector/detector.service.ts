import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { DetectorEntry } from '../config/detector-entry.js';
import type { OutputOptions } from '../stream/output-options.js';
import { GlobSet } from '../timeout/classification/glob-set.js';
import type { Finding } from './finding.js';
import { LineDetectors } from './line-detectors.js';
import { OutputScanner } from './output-scanner.js';

type Program = { readonly command: string } | { readonly argv: readonly string[] };

/** Characters of a command that are looked at. */
const MAX_CHARACTERS = 4096;
/** Sets of detectors that are ready for use. */
const MAX_KNOWN = 32;

/** The detectors of output, and which of them are for which command. */
@Injectable()
export class DetectorService {
  readonly #entries: readonly { readonly entry: DetectorEntry; readonly commands: GlobSet | null }[];
  /** By which of the entries they have. */
  readonly #known = new Map<string, LineDetectors | null>();

  constructor(private readonly config: AppConfig) {
    const { scope, table } = config.detector;
    const entries = scope === 'off' ? [] : table.entries;
    this.#entries = entries.map((entry) => ({ entry, commands: entry.commands && new GlobSet(entry.commands) }));
  }

  /**
   * What reads the output of a command; null where nothing does: no detector is for it, or its output is base64 and not
   * looked at unless somebody asks for it.
   *
   * @param isAskedFor true: the client wants to be told of its completion
   */
  scanner(
    program: Program,
    output: OutputOptions,
    isAskedFor: boolean,
    onFinding: (finding: Finding) => void,
  ): OutputScanner | null {
    const isRead = isAskedFor || output.encoding === 'utf8' || this.config.detector.scope === 'all';
    const detectors = isRead ? this.#detectorsOf(program) : null;
    return detectors && new OutputScanner(detectors, onFinding);
  }

  /** True where a completion of the command can be told. */
  tellsCompletion(program: Program): boolean {
    return this.#detectorsOf(program)?.kinds.has('completion') ?? false;
  }

  #detectorsOf(program: Program): LineDetectors | null {
    const text = ('argv' in program ? program.argv.join(' ') : program.command).slice(0, MAX_CHARACTERS).trim();
    const fitting = this.#entries.map(({ commands }) => commands?.has(text) ?? true);
    const key = fitting.map(Number).join('');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const entries = this.#entries.filter((_, index) => fitting[index]).map(({ entry }) => entry);
    const detectors = entries.length === 0 ? null : new LineDetectors(entries, this.config.detector.table);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, detectors);
    return detectors;
  }
}
