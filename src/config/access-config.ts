/** Who may connect, as configured. */
export interface AccessConfig {
  /** SHA-256 of AUTH_TOKEN in hex; null = there is none. */
  readonly tokenSha256: string | null;
  /** Absolute path of AUTH_TOKENS_FILE; null = there is none. */
  readonly tokensFile: string | null;
  /** Attempts without a right token that one address has in a minute. */
  readonly maxFailuresPerMinute: number;
  /** Origins a browser page may connect from: `scheme://host[:port]`. */
  readonly allowedOrigins: readonly string[];
  /** Names, with or without a port, that the Host header may have beside the loopback ones. */
  readonly allowedHosts: readonly string[];
  /** Addresses and CIDR blocks whose forwarding headers count. */
  readonly trustedProxies: readonly string[];
}
