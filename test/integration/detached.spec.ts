import { everyRoom } from './support/process-room.js';

everyRoom.LAUNCHER = 'detached';
everyRoom.LAUNCHER_TTL = '1';
await import('./outcomes.spec.js');
await import('./streams.spec.js');
await import('./trees.spec.js');
