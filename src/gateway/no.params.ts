/** Params of methods that take none. */
export class NoParams {}
