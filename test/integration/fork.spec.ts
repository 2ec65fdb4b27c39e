import { everyRoom } from './support/process-room.js';

everyRoom.SPAWN_METHOD = 'fork';
await import('./outcomes.spec.js');
await import('./streams.spec.js');
await import('./trees.spec.js');
