import { Logger } from '@nestjs/common';
import type { AccessConfig } from '../../../config/access-config.js';
import type { AccessToken } from './access-token.js';
import { FileWatch } from './file-watch.js';
import { readTokenFile, type TokenFile } from './token-file.js';
import { TokenList } from './token-list.js';

const OWN_NAME = 'default';
const POLL_MS = 10_000;

/** The tokens that let clients in: the one of AUTH_TOKEN and those of AUTH_TOKENS_FILE as it is at the time. */
export class Tokens {
  /** Called after the tokens have changed. */
  onChange: () => void = () => undefined;
  readonly #logger = new Logger('Access');
  #list: TokenList;
  #fileVersion: string | null = null;

  private constructor(
    private readonly own: readonly AccessToken[],
    private readonly path: string | null,
  ) {
    this.#list = new TokenList(own);
  }

  /** Reads them for the first time. What is wrong with the file goes to `fault`; then they are not to be used. */
  static async read(
    { tokenSha256, tokensFile }: Pick<AccessConfig, 'tokenSha256' | 'tokensFile'>,
    fault: (text: string) => void,
  ): Promise<Tokens> {
    const own: AccessToken[] =
      tokenSha256 === null
        ? []
        : [{ name: OWN_NAME, role: 'controller', group: OWN_NAME, digest: Buffer.from(tokenSha256, 'hex') }];
    const tokens = new Tokens(own, tokensFile);
    if (tokensFile !== null) {
      const file = await readTokenFile(tokensFile);
      tokens.#faultsOf(file).forEach(fault);
      tokens.#take(file);
    }
    return tokens;
  }

  /** False where nobody is asked for one. */
  get areNeeded(): boolean {
    return this.own.length > 0 || this.path !== null;
  }

  /** The token with this text, each character one byte; null = there is none. Takes the same time for any text. */
  find(presented: string): AccessToken | null {
    return this.#list.find(presented);
  }

  /** True while there is this very token, with the same name, role and group. */
  has(token: AccessToken): boolean {
    return this.#list.has(token);
  }

  /** Follows the file until the signal. A file that cannot be used changes nothing, and a line of the log says so. */
  watch(signal: AbortSignal, pollMs: number = POLL_MS): void {
    const { path } = this;
    if (path === null) return;
    new FileWatch(path, pollMs, signal, async () => {
      this.#follow(await readTokenFile(path));
    });
  }

  #follow(file: TokenFile): void {
    if (file.version === this.#fileVersion) return;
    this.#fileVersion = file.version;
    const faults = this.#faultsOf(file);
    if (faults.length > 0) {
      this.#logger.error(`AUTH_TOKENS_FILE ${faults.join('; ')}: the tokens stay as they were`);
      return;
    }
    this.#take(file);
    this.#logger.log(`AUTH_TOKENS_FILE has ${file.tokens.length} tokens`);
    this.onChange();
  }

  #take(file: TokenFile): void {
    this.#fileVersion = file.version;
    this.#list = new TokenList([...this.own, ...file.tokens]);
    for (const warning of file.warnings) this.#logger.warn(`AUTH_TOKENS_FILE: ${warning}`);
  }

  #faultsOf({ tokens, faults }: TokenFile): string[] {
    const clashes = tokens.flatMap(({ name, digest }, index) =>
      this.own.some((token) => token.name === name || token.digest.equals(digest))
        ? [`[${index}] has the name or the sha256 of AUTH_TOKEN (${OWN_NAME})`]
        : [],
    );
    return [...faults, ...clashes];
  }
}
