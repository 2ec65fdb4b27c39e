/** The token that a client of this project presents: AUTH_TOKEN of its environment or `.env`; null = none. */
export function clientToken(): string | null {
  return process.env['AUTH_TOKEN'] || null;
}
