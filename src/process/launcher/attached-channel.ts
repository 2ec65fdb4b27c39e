import { JsonLines } from './json-lines.js';
import type { Order, Report } from './order.js';
import type { ChannelListener, ServiceChannel } from './service-channel.js';

/** The way to the one service that has started this process: orders come on stdin, reports go to stdout. */
export class AttachedChannel implements ServiceChannel {
  constructor(listener: ChannelListener<Order>) {
    const orders = new JsonLines<Order>((order) => {
      listener.ordered(order);
    });
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', (text: string) => {
      orders.push(text);
    });
    const left = (): void => {
      listener.left();
    };
    // Either end of the way to the service is enough to know that it is gone.
    for (const stream of [process.stdin, process.stdout]) stream.on('close', left).on('error', left);
  }

  tell(report: Report): void {
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }

  close(): void {
    // It ends with the process.
  }
}
