import { OwnService } from '../cli/own-service.js';

/** Does something with a service of its own, on a free loopback port, and stops it. */
export async function withService(
  variables: Readonly<Record<string, string>>,
  work: (service: OwnService) => Promise<void>,
): Promise<void> {
  const service = await OwnService.start(variables);
  try {
    await work(service);
  } finally {
    await service.stop();
  }
}
