/** Generous upper bound of every wait: reached only where something is broken. */
export const BOUND_MS = 20_000;
const POLL_MS = 20;

/**
 * Asks `probe` again and again until `holds` accepts its answer, and resolves with that answer.
 * @throws Error with the last answer when that takes longer than `boundMs`
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  holds: (answer: T) => boolean,
  boundMs = BOUND_MS,
): Promise<T> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const answer = await probe();
    if (holds(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`Never held; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Resolves as `promise` does, or rejects with `what` after `boundMs`. */
export async function within<T>(promise: Promise<T>, what: string, boundMs = BOUND_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Timed out: ${what}`));
    }, boundMs);
  });
  try {
    return await Promise.race([promise, bound]);
  } finally {
    clearTimeout(timer);
  }
}
