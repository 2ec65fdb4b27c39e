import type { KeptCommand } from './order.js';

/** Of what a service and a launcher say to each other, and of what a spool holds: only equals understand each other. */
export const LAUNCHER_PROTOCOL = 2;

/** The files in the directory of a launcher that outlives its service. */
export const CONTROL_SOCKET = 'control';
export const SECRET_FILE = 'secret';

/** The first line of a service to such a launcher. */
export interface Greeting {
  readonly protocol: number;
  /** The content of the secret file. */
  readonly secret: string;
}

/** The first line of the launcher; after a refusal the connection ends. */
export type Welcome =
  | { readonly refusal: 'protocol' | 'secret' | 'taken' }
  | { readonly refusal: null; readonly kept: readonly KeptCommand[] };
