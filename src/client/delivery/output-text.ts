import { ClientError } from '../client-error.js';
import type { ExecutionEvent, OutputEvent } from '../wire/execution-event.js';
import type { StreamName } from '../wire/stream-name.js';
import { type Encoding, outputBytes } from './output-bytes.js';

/** The text of one stream, as it comes. @throws ClientError output-dropped at a gap */
export async function* outputText(
  events: AsyncIterable<ExecutionEvent>,
  stream: StreamName,
  encoding: Encoding,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  for await (const output of outputOnly(events)) {
    if (output.stream !== stream) continue;
    const text =
      encoding === 'utf8' ? output.data : decoder.decode(outputBytes(output.data, encoding), { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** The output among the events. @throws ClientError output-dropped at a gap */
export async function* outputOnly(events: AsyncIterable<ExecutionEvent>): AsyncGenerator<OutputEvent, void, undefined> {
  for await (const event of events) {
    if (event.type === 'output') yield event;
    if (event.type === 'gap')
      throw new ClientError(
        { kind: 'output-dropped', from: event.from, to: event.to },
        `Notifications ${event.from} to ${event.to} are gone: output may be missing`,
      );
  }
}
