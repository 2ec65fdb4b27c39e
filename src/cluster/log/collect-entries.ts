import type { LogRecord } from '../../stream/log/log-record.js';
import { encodeRecords } from './encode-records.js';
import type { EventSource } from '../../stream/event-source.js';

/** Bytes at which an entry is closed, and of all entries that are collected at once. */
const ENTRY_BYTES = 131_072;
const COLLECTED_BYTES = 524_288;

/** Events that follow each other without a gap, as one entry of the cluster's log. */
export interface LogEntry {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bytes: Buffer;
}

/** Takes the next entries, about half a megabyte of them, together with the record that passes it. */
export function collectEntries(cursor: EventSource<unknown>): LogEntry[] {
  const entries: LogEntry[] = [];
  let records: LogRecord<unknown>[] = [];
  let [nextSeq, entryBytes, allBytes] = [0, 0, 0];
  const close = (): void => {
    const [first] = records;
    if (first === undefined) return;
    entries.push({ firstSeq: firstSeqOf(first), lastSeq: nextSeq - 1, bytes: encodeRecords(records) });
    [records, entryBytes] = [[], 0];
  };
  while (allBytes < COLLECTED_BYTES) {
    const record = cursor.peek();
    if (record === null) break;
    if (firstSeqOf(record) !== nextSeq) close();
    nextSeq = firstSeqOf(record) + countOf(record);
    cursor.advance(nextSeq - cursor.nextSeq);
    records.push(record);
    const bytes = record.kind === 'output' ? record.data.length : 0;
    entryBytes += bytes;
    allBytes += bytes;
    if (entryBytes >= ENTRY_BYTES) close();
  }
  close();
  return entries;
}

function firstSeqOf(record: LogRecord<unknown>): number {
  return record.kind === 'output' ? record.firstSeq : record.seq;
}

function countOf(record: LogRecord<unknown>): number {
  return record.kind === 'output' ? record.count : 1;
}
