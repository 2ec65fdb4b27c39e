import type { IncomingMessage } from 'node:http';
import type { AccessConfig } from '../../config/access-config.js';
import { ConfigError } from '../../config/config-error.js';
import type { AccessRefusal } from './access-refusal.js';
import { AllowedHosts } from './allowed-hosts.js';
import { AllowedOrigins } from './allowed-origins.js';
import { FailureThrottle } from './failure-throttle.js';
import type { ClientIdentity } from '../client-identity.js';
import type { Identity } from './identity.js';
import { IpAddress } from './ip-address.js';
import type { AccessToken } from './token/access-token.js';
import { presentedTokens } from './token/presented-tokens.js';
import { Tokens } from './token/tokens.js';
import { TrustedProxies } from './trusted-proxies.js';

const QUERY_TOKEN = /token|^(auth|authorization|bearer|api[_-]?key|key|secret|password)$/i;

/** Decides who may connect. Nothing it says or logs has a token in it. */
export class Doorkeeper {
  readonly #tokenOf = new WeakMap<Identity, AccessToken>();

  private constructor(
    private readonly hosts: AllowedHosts,
    private readonly origins: AllowedOrigins,
    private readonly proxies: TrustedProxies,
    private readonly throttle: FailureThrottle,
    private readonly tokens: Tokens,
  ) {}

  /**
   * @param listenHost the HOST the service is to listen on: without a token it must be a loopback one
   * @param signal ends the watch over the tokens' file
   * @throws ConfigError that names every fault
   */
  static async open(config: AccessConfig, listenHost: string, signal: AbortSignal): Promise<Doorkeeper> {
    const faults: string[] = [];
    const faultOf = (name: string) => (text: string) => {
      faults.push(`${name}: ${text}`);
    };
    const hosts = new AllowedHosts(config.allowedHosts, faultOf('ALLOWED_HOSTS'));
    const origins = new AllowedOrigins(config.allowedOrigins, faultOf('ALLOWED_ORIGINS'));
    const proxies = new TrustedProxies(config.trustedProxies, faultOf('TRUSTED_PROXIES'));
    const tokens = await Tokens.read(config, faultOf('AUTH_TOKENS_FILE'));
    if (!tokens.areNeeded && !isLoopbackName(listenHost))
      faultOf('HOST')(
        `${JSON.stringify(listenHost)} needs AUTH_TOKEN or AUTH_TOKENS_FILE; without, only loopback is served`,
      );
    if (faults.length > 0) throw new ConfigError(faults);
    const throttle = new FailureThrottle(config.maxFailuresPerMinute);
    tokens.watch(signal);
    return new Doorkeeper(hosts, origins, proxies, throttle, tokens);
  }

  /** False where every client on this machine is let in. */
  get needsToken(): boolean {
    return this.tokens.areNeeded;
  }

  /** For requests that open no WebSocket: they need no token, but a Host of ours. */
  hostRefusal(request: IncomingMessage): AccessRefusal | null {
    return this.hosts.refusal(request);
  }

  /**
   * Decides on a request for a WebSocket. A foreign page (Host, Origin) is refused before its token is looked at, and
   * costs its address no attempt.
   */
  async admit(
    request: IncomingMessage,
  ): Promise<{ readonly identity: Identity } | { readonly refusal: AccessRefusal }> {
    const refusal = this.hosts.refusal(request) ?? this.#pageRefusal(request);
    if (refusal !== null) return { refusal };
    const address = this.proxies.clientOf(request);
    if (address === null) return refuse(400, 'X-Forwarded-For and Forwarded name different clients');
    if (this.tokens.areNeeded) return this.#admitWithToken(request, address);
    if (!address.isLoopback) return refuse(403, 'Without a token configured only this machine may connect');
    return { identity: { tokenName: null, role: 'controller', group: null, address: address.text } };
  }

  /** Whom a request is from that was not admitted, as far as it is known. */
  strangerOf(request: IncomingMessage): ClientIdentity {
    return { tokenName: null, address: this.proxies.clientOf(request)?.text ?? request.socket.remoteAddress ?? '' };
  }

  /** False from when the token that let this client in is taken away or changed. */
  stillAdmits(identity: Identity): boolean {
    const token = this.#tokenOf.get(identity);
    return token === undefined || this.tokens.has(token);
  }

  /** Calls back when `stillAdmits` may answer otherwise than before. */
  onChange(callback: () => void): void {
    this.tokens.onChange = callback;
  }

  #pageRefusal(request: IncomingMessage): AccessRefusal | null {
    if (!this.origins.allows(request)) return { status: 403, error: 'Origin not allowed' };
    if (!hasTokenInQuery(request)) return null;
    return { status: 400, error: 'A token does not belong in a URL: send the header Authorization: Bearer' };
  }

  async #admitWithToken(
    request: IncomingMessage,
    address: IpAddress,
  ): Promise<{ readonly identity: Identity } | { readonly refusal: AccessRefusal }> {
    const retryAfter = await this.throttle.attempt(address);
    if (retryAfter !== null) return { refusal: { status: 429, error: 'Too many attempts', retryAfter } };
    const [presented, ...more] = presentedTokens(request);
    if (presented === undefined) return refuse(401, 'A token is needed: Authorization: Bearer');
    if (more.length > 0) return refuse(400, 'More than one token is presented');
    const token = this.tokens.find(presented);
    if (token === null) return refuse(401, 'Wrong token');
    await this.throttle.succeeded(address);
    const identity: Identity = { tokenName: token.name, role: token.role, group: token.group, address: address.text };
    this.#tokenOf.set(identity, token);
    return { identity };
  }
}

function refuse(status: AccessRefusal['status'], error: string): { readonly refusal: AccessRefusal } {
  return { refusal: { status, error } };
}

function hasTokenInQuery(request: IncomingMessage): boolean {
  const query = /\?(.*)/s.exec(request.url ?? '')?.[1] ?? '';
  return [...new URLSearchParams(query).keys()].some((name) => QUERY_TOKEN.test(name));
}

function isLoopbackName(host: string): boolean {
  return host.toLowerCase() === 'localhost' || IpAddress.parse(host)?.isLoopback === true;
}
