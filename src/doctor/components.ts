import { configComponent } from './component/config.js';
import { modelsComponent } from './component/models.js';
import { processComponent } from './component/process.js';
import { resourceComponent } from './component/resource.js';
import { sessionComponent } from './component/session.js';
import { streamComponent } from './component/stream.js';
import { timeoutsComponent } from './component/timeouts.js';
import { websocketComponent } from './component/websocket.js';
import type { DoctorComponent } from './doctor-component.js';

/** Every component, in the order in which they are told. */
export const COMPONENTS: readonly DoctorComponent[] = [
  configComponent,
  modelsComponent,
  processComponent,
  resourceComponent,
  sessionComponent,
  streamComponent,
  websocketComponent,
  timeoutsComponent,
];
