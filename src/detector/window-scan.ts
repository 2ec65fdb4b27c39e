import { isTextAt, pairsOf } from './shift-table.js';
import { windowStart } from './window-choice.js';

/** The assembly of window-scan.wat, base64; a test holds the two together. */
export const WINDOW_SCAN_MODULE =
  'AGFzbQEAAAABEANgAX8AYAJ/fwBgAn9/AX8DBAMAAQIFAwEABgYLAn8BQQALfwFBAAsHEQIGbWVtb3J5AgAEc2NhbgACCosMA08AIAAvAQAtAABF' +
  'IAAjAGpBBGsoAgBBoMCAgQJyQbHz3fF5bEEQdi0AgIAEcSMBQcAASXEEQCMBQQJ0IABBgIAQazYCgIAIIwFBAWokAQsLMgEBfwJAA0AgACABSQ0B' +
  'IAAvAQAtAAAhAiACRQRAIAAQAEEBIQILIAAgAmshAAwACwsLhQsBDX8gASQAQQAkASAAIAFrQQFqQQN1IQIgACABa0GAgBBqIQ4gAkHAAEgEQCAO' +
  'QYCAEBABIwEPCyACQQdsQYCAEGohAyADQQFrIQ0gDSACayEMIAwgAmshCyALIAJrIQogCiACayEJIAkgAmshCCAIIAJrIQcgAUEEayEGA0AgByAH' +
  'LwEALQAAayEHIAggCC8BAC0AAGshCCAJIAkvAQAtAABrIQkgCiAKLwEALQAAayEKIAsgCy8BAC0AAGshCyAMIAwvAQAtAABrIQwgDSANLwEALQAA' +
  'ayENIA4gDi8BAC0AAGshDiAHIAcvAQAtAABrIQcgCCAILwEALQAAayEIIAkgCS8BAC0AAGshCSAKIAovAQAtAABrIQogCyALLwEALQAAayELIAwg' +
  'DC8BAC0AAGshDCANIA0vAQAtAABrIQ0gDiAOLwEALQAAayEOIAcgBy8BAC0AAGshByAIIAgvAQAtAABrIQggCSAJLwEALQAAayEJIAogCi8BAC0A' +
  'AGshCiALIAsvAQAtAABrIQsgDCAMLwEALQAAayEMIA0gDS8BAC0AAGshDSAOIA4vAQAtAABrIQ4gByAHLwEALQAAayEHIAggCC8BAC0AAGshCCAJ' +
  'IAkvAQAtAABrIQkgCiAKLwEALQAAayEKIAsgCy8BAC0AAGshCyAMIAwvAQAtAABrIQwgDSANLwEALQAAayENIA4gDi8BAC0AAGshDkEAIQUgBy8B' +
  'AC0AACEEIAcgBGshByAFIARBAWtyIQUgCC8BAC0AACEEIAggBGshCCAFIARBAWtyIQUgCS8BAC0AACEEIAkgBGshCSAFIARBAWtyIQUgCi8BAC0A' +
  'ACEEIAogBGshCiAFIARBAWtyIQUgCy8BAC0AACEEIAsgBGshCyAFIARBAWtyIQUgDC8BAC0AACEEIAwgBGshDCAFIARBAWtyIQUgDS8BAC0AACEE' +
  'IA0gBGshDSAFIARBAWtyIQUgDi8BAC0AACEEIA4gBGshDiAFIARBAWtyIQUgBUEASARAQQAhBSAHLwEALQAARSEEIAUgBCAHIAZqKAIAQaDAgIEC' +
  'ckGx893xeWxBEHYtAICABHFyIQUgByAEayEHIAgvAQAtAABFIQQgBSAEIAggBmooAgBBoMCAgQJyQbHz3fF5bEEQdi0AgIAEcXIhBSAIIARrIQgg' +
  'CS8BAC0AAEUhBCAFIAQgCSAGaigCAEGgwICBAnJBsfPd8XlsQRB2LQCAgARxciEFIAkgBGshCSAKLwEALQAARSEEIAUgBCAKIAZqKAIAQaDAgIEC' +
  'ckGx893xeWxBEHYtAICABHFyIQUgCiAEayEKIAsvAQAtAABFIQQgBSAEIAsgBmooAgBBoMCAgQJyQbHz3fF5bEEQdi0AgIAEcXIhBSALIARrIQsg' +
  'DC8BAC0AAEUhBCAFIAQgDCAGaigCAEGgwICBAnJBsfPd8XlsQRB2LQCAgARxciEFIAwgBGshDCANLwEALQAARSEEIAUgBCANIAZqKAIAQaDAgIEC' +
  'ckGx893xeWxBEHYtAICABHFyIQUgDSAEayENIA4vAQAtAABFIQQgBSAEIA4gBmooAgBBoMCAgQJyQbHz3fF5bEEQdi0AgIAEcXIhBSAOIARrIQ4g' +
  'BQRAIAdBAWoQACAIQQFqEAAgCUEBahAAIApBAWoQACALQQFqEAAgDEEBahAAIA1BAWoQACAOQQFqEAALCyAOIANPIAcgCHEgCSAKcXEgCyAMcSAN' +
  'IA5xcXFBEnZxDQALIA4gAxABIAMgAmshAyANIAMQASADIAJrIQMgDCADEAEgAyACayEDIAsgAxABIAMgAmshAyAKIAMQASADIAJrIQMgCSADEAEg' +
  'AyACayEDIAggAxABIAdBgIAQEAEjAQs=';

/** Most bytes that are looked at in one call. */
export const MAX_SCAN_BYTES = 98_304;

const MAX_WINDOW_BYTES = 16;

const TABLE_BYTES = 65_536;
const FOUND_START = 2 * TABLE_BYTES;
const MAX_FOUND = 64;
const BYTES_START = 262_144;

/** The part of the engine's WebAssembly that is used here; Node's own types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: {
      readonly scan: (length: number, windowBytes: number) => number;
      readonly memory: { readonly buffer: ArrayBuffer };
    };
  };
};

const { scan, memory } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(WINDOW_SCAN_MODULE, 'base64')))
  .exports;
const tables = new Uint8Array(memory.buffer, 0, 2 * TABLE_BYTES);
const found = new Int32Array(memory.buffer, FOUND_START, MAX_FOUND);
const bytes = new Uint8Array(memory.buffer, BYTES_START, MAX_SCAN_BYTES);

/** Whose tables are in the memory. */
let loaded: Uint8Array | null = null;

interface Windowed {
  readonly text: Buffer;
  /** Where in the text its window begins. */
  readonly offset: number;
}

/** Tells whether one of many texts may stand in many bytes, in a fraction of the time it takes to find it. */
export class WindowScan {
  readonly #window: number;
  readonly #longest: number;
  /** By what their windows end with. */
  readonly #texts = new Map<number, Windowed[]>();
  readonly #tables = new Uint8Array(2 * TABLE_BYTES);

  /** @param texts in lower case, one at least, of four bytes or more each, and few beside MAX_SCAN_BYTES */
  constructor(texts: readonly Buffer[]) {
    // The shortest have the least choice of a window; the others choose one like theirs.
    const sorted = [...texts].sort((one, other) => one.length - other.length);
    this.#window = Math.min(MAX_WINDOW_BYTES, sorted[0]?.length ?? 0);
    this.#longest = sorted.at(-1)?.length ?? 0;
    this.#tables.fill(this.#window - 1, 0, TABLE_BYTES);
    for (const text of sorted) this.#add(text);
  }

  /** False where no text is within `from` and `end`. True is wrong only where there is much that is almost one. */
  mayHave(source: Uint8Array, from: number, end: number): boolean {
    // What is cut in two is in the next piece once more.
    for (let start = from; start < end; start += MAX_SCAN_BYTES - this.#longest + 1) {
      if (this.#mayBeWithin(source.subarray(start, Math.min(end, start + MAX_SCAN_BYTES)))) return true;
    }
    return false;
  }

  #mayBeWithin(source: Uint8Array): boolean {
    if (loaded !== this.#tables) tables.set(this.#tables);
    loaded = this.#tables;
    bytes.set(source);
    const count = scan(source.length, this.#window);
    if (count === MAX_FOUND) return true;
    for (let index = 0; index < count; index++) if (this.#isText(source, found[index] as number)) return true;
    return false;
  }

  /** Whether a text stands where the window begins there that was noted. */
  #isText(source: Uint8Array, windowAt: number): boolean {
    // It may have gone before the bytes, where there are zeros.
    if (windowAt < 0) return false;
    const texts = this.#texts.get(endingOf(source, windowAt + this.#window)) ?? [];
    return texts.some(({ text, offset }) => isTextAt(source, windowAt - offset, source.length, text));
  }

  #add(text: Buffer): void {
    const shifts = this.#tables.subarray(0, TABLE_BYTES);
    const offset = windowStart(text, this.#window, shifts);
    const windowEnd = offset + this.#window;
    for (let shift = 0; shift < this.#window - 1; shift++) {
      for (const pair of pairsOf(text, offset + shift)) shifts[pair] = Math.min(shifts[pair] as number, shift);
    }
    const ending = endingOf(text, windowEnd);
    this.#tables[TABLE_BYTES + ending] = 1;
    const others = this.#texts.get(ending);
    if (others === undefined) this.#texts.set(ending, [{ text, offset }]);
    else others.push({ text, offset });
  }
}

/** The four bytes before a place as a number of 16 bits, as window-scan.wat makes it. */
function endingOf(bytes: Uint8Array, end: number): number {
  const four = new DataView(bytes.buffer, bytes.byteOffset + end - 4, 4).getUint32(0, true);
  return Math.imul(four | 0x20202020, 0x9e3779b1) >>> 16;
}
