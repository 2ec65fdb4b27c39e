import { Fields } from '../wire/fields.js';
import type { Resumption } from '../wire/resumption.js';
import type { Delivery } from './delivery.js';

/** Ended executions that the service is told to have nothing more to send of. */
const MAX_ENDED = 200;

/** The executions whose notifications come in, each given its own. */
export class Deliveries {
  readonly #live = new Map<string, Delivery>();
  readonly #full = new Set<Delivery>();
  readonly #ended = new Map<string, number>();

  constructor(
    /** Told after each notification whether there is room for more. */
    private readonly onRoom: (hasRoom: boolean) => void,
  ) {}

  get live(): Delivery[] {
    return [...this.#live.values()];
  }

  find(executionId: string): Delivery | null {
    return this.#live.get(executionId) ?? null;
  }

  add(delivery: Delivery): void {
    this.#live.set(delivery.executionId, delivery);
    delivery.buffer.onChange = () => {
      this.#look(delivery);
    };
  }

  /** Gives a notification to its execution; others are passed over. */
  notified(method: string, params: unknown): void {
    if (typeof params !== 'object' || params === null || !('execution_id' in params)) return;
    const delivery = this.#live.get(Fields.of(params, method).string('execution_id'));
    if (delivery === undefined) return;
    delivery.receive(method, params);
    this.#look(delivery);
  }

  /** The last notification that has come, of each execution. */
  lastSeqs(): Record<string, number> {
    const live = this.live.map((delivery): [string, number] => [delivery.executionId, delivery.seq]);
    return Object.fromEntries([...this.#ended, ...live]);
  }

  /** What a resumed session says is gone. @returns the executions that it does not have */
  resumed({ executions }: Resumption): Delivery[] {
    for (const { id, gap } of executions) if (gap !== null) this.#live.get(id)?.receive('gap', gap);
    const known = new Set(executions.map(({ id }) => id));
    return this.live.filter((delivery) => !known.has(delivery.executionId));
  }

  /** Nothing more comes. */
  fail(error: Error): void {
    for (const delivery of this.live) {
      delivery.fail(error);
      this.#look(delivery);
    }
  }

  #look(delivery: Delivery): void {
    if (delivery.isOver) this.#forget(delivery);
    if (delivery.buffer.isFull) this.#full.add(delivery);
    else this.#full.delete(delivery);
    this.onRoom(this.#full.size === 0);
  }

  #forget(delivery: Delivery): void {
    const { executionId, seq } = delivery;
    if (this.#live.get(executionId) !== delivery) return;
    this.#live.delete(executionId);
    this.#ended.set(executionId, seq);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_ENDED && oldest !== undefined) this.#ended.delete(oldest);
  }
}
