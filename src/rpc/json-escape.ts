/** The assembly of json-escape.wat, base64; a test holds the two together. */
export const JSON_ESCAPE_MODULE =
  'AGFzbQEAAAABBgFgAX8BfwMCAQAFAwEAAwcTAgZtZW1vcnkCAAZlc2NhcGUAAArvAQHsAQIFfwF7QYCABCECAkADQCABIABPDQEgAf0ABAAh' +
  'BiACIAb9CwQAQYCABCAGQSD9D/0mIAZBIv0P/SMgBkHcAP0P/SP9UP1Q/WRyaCEDIAEgA2ogAE8EQCACIAAgAWtqIQIMAgsgASADaiEBIAIg' +
  'A2ohAiADQRBGDQAgAS0AACEEIAFBAWohASAELQCAgAIhBSAFQfUARgRAIAJB3OrBgQM2AgAgAiAEQQR2LQCAggI6AAQgAiAEQQ9xLQCAggI6' +
  'AAUgAkEGaiECBSACQdwAOgAAIAIgBToAASACQQJqIQILDAALCyACQYCABGsLC08EAEGAgAILIHV1dXV1dXV1YnRudWZydXV1dXV1dXV1dXV1' +
  'dXV1dXV1AEGigAILASIAQdyAAgsBXABBgIICCxAwMTIzNDU2Nzg5YWJjZGVm';

/** Most bytes of source one call takes. */
export const ESCAPE_SOURCE_BYTES = 16_384;

const RESULT_START = 65_536;

/** The part of the engine's WebAssembly that is used here; Node's own types leave it to the browser's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => {
    readonly exports: {
      readonly escape: (length: number) => number;
      readonly memory: { readonly buffer: ArrayBuffer };
    };
  };
};

const { escape, memory } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(JSON_ESCAPE_MODULE, 'base64')))
  .exports;
const bytes = new Uint8Array(memory.buffer);

/**
 * Escapes UTF-8 bytes for the inside of a JSON string (RFC 8259, section 7), sixteen at a time.
 * @param source at most ESCAPE_SOURCE_BYTES
 * @returns the result, valid until the next call
 */
export function escapeJson(source: Uint8Array): Uint8Array {
  bytes.set(source);
  return bytes.subarray(RESULT_START, RESULT_START + escape(source.length));
}
