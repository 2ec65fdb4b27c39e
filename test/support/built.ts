/** A module of the service as it was built, by its path in src/ with `.js`. */
export async function built<T>(module: string): Promise<T> {
  return (await import(new URL(`../../dist/${module}`, import.meta.url).href)) as T;
}
