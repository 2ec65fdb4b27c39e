import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BareClient } from './bare-client.mjs';
import { ServiceClient } from './service-client.mjs';
import { WebsocketdClient } from './websocketd-client.mjs';

/** As `npm start` and the image start it. */
const AS_SHIPPED = ['--enable-source-maps', '--max-semi-space-size=4'];

/** Who is compared: `isHere()`, `start(servers)` → a server, `open(server, options)` → a client. */
export const CONTENDERS = [
  {
    name: 'service',
    isHere: () => true,
    start: (servers) => servers.service({ LOG_LEVEL: 'info' }, AS_SHIPPED),
    open: ({ address }, options) => ServiceClient.open(`ws://${address}/ws/mcp`, options),
  },
  {
    name: 'websocketd',
    isHere: () => isInPath('websocketd'),
    start: (servers) => servers.websocketd(),
    open: ({ address }, options) => WebsocketdClient.open(`ws://${address}/`, options),
  },
  {
    name: 'bare',
    isHere: () => true,
    start: (servers) => servers.bare(),
    open: ({ address }, options) => BareClient.open(`ws://${address}/`, options),
  },
];

function isInPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}
