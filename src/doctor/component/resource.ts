import { loadConfig } from '../../config/load-config.js';
import { findProgram } from '../../resource/find-program.js';
import { loadMultiplier } from '../../resource/load-multiplier.js';
import { ResourceService } from '../../resource/resource.service.js';
import { TimeoutModule } from '../../timeout/timeout.module.js';
import { ResourceModule } from '../../resource/resource.module.js';
import { TimeoutService } from '../../timeout/timeout.service.js';
import type { DoctorComponent } from '../doctor-component.js';
import { eventually } from '../eventually.js';
import { openRooms } from '../rooms.js';

const PATIENCE_MS = 8000;
const BASE_SECONDS = 30;

/** The load of the machine, and what it does to time limits. */
export const resourceComponent: DoctorComponent = {
  name: 'resource',
  title: 'CPU, memory and GPU of this machine; what a load multiplies time limits by',
  maxSeconds: 30,
  async run({ checks, variables }) {
    const { resource } = loadConfig({ ...variables });
    checks.equals('the threshold and the multiplier', [14, 3], [resource.thresholdPercent, resource.multiplier]);
    for (const [percent, times] of [
      [10, 1],
      [14, 1],
      [15, 3],
      [50, 3],
    ] as const) {
      const byCpu = loadMultiplier({ cpuPercent: percent, gpuPercent: null }, resource);
      const byGpu = loadMultiplier({ cpuPercent: null, gpuPercent: percent }, resource);
      checks.equals(`the multiplier at ${percent} % of CPU, and of GPU`, [times, times], [byCpu, byGpu]);
      checks.equals(`${BASE_SECONDS} s at ${percent} %, in seconds`, BASE_SECONDS * times, BASE_SECONDS * byCpu);
    }
    const heuristic = { HEURISTIC_DOCTOR_PROBE: `${BASE_SECONDS}:${BASE_SECONDS}` };
    const rooms = await openRooms({ ...variables, ...heuristic }, [ResourceModule, TimeoutModule]);
    try {
      const resources = rooms.get(ResourceService);
      await eventually(() => resources.load.cpuPercent !== null, PATIENCE_MS);
      const { load } = resources;
      checks.within('CPU use of this machine', [0, 100], load.cpuPercent, '%');
      checks.within('memory use of this machine', [0, 100], load.memoryPercent, '%');
      const hasGpu = (await findProgram('nvidia-smi', variables['PATH'])) !== null;
      if (hasGpu) checks.within('GPU use of this machine', [0, 100], load.gpuPercent, '%');
      else checks.equals('GPU use, where there is no nvidia-smi', null, load.gpuPercent);
      const estimate = await rooms
        .get(TimeoutService)
        .estimate({ command: 'true' }, { category: 'doctor', name: 'probe' });
      const times = loadMultiplier(estimate.systemLoad, resource);
      checks.note(`at ${String(estimate.systemLoad.cpuPercent)} % of CPU the multiplier is ${String(times)}`);
      checks.equals(
        'an estimate of 30 s under the load there is, in seconds',
        BASE_SECONDS * times,
        estimate.maxMs / 1000,
      );
    } finally {
      await rooms.close();
    }
  },
};
