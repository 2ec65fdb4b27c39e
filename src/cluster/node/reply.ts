/** An answer, and what is to be done once it is on its way. */
export class Reply {
  constructor(
    readonly body: unknown,
    readonly sent: () => void,
  ) {}
}
