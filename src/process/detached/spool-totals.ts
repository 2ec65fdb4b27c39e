import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StreamName } from '../../stream/output-options.js';
import type { StreamTotals } from '../../stream/pipe-reader.js';
import { segmentName } from '../launcher/spool/spool-writer.js';
import { SpoolTail } from './spool-tail.js';

/** The totals of what a spool holds, for one that nobody has counted to its end; null where its begin is not kept. */
export function spoolTotals(directory: string): Readonly<Record<StreamName, StreamTotals>> | null {
  if (!existsSync(join(directory, segmentName(0)))) return null;
  const hashes = { stdout: createHash('sha256'), stderr: createHash('sha256') };
  const bytes = { stdout: 0, stderr: 0 };
  const tail = new SpoolTail(directory);
  tail.read(({ kind, data }) => {
    if (kind === 'stdout' || kind === 'stderr') {
      hashes[kind].update(data);
      bytes[kind] += data.length;
    }
    return true;
  });
  tail.close();
  return {
    stdout: { bytes: bytes.stdout, sha256: hashes.stdout.digest('hex') },
    stderr: { bytes: bytes.stderr, sha256: hashes.stderr.digest('hex') },
  };
}
