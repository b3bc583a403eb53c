/** Arguments as they are shown: numbers, and what stands in memory, as far as it is known. */

/** An argument, or a field of a struct. */
export interface Argument {
  /** Its 64 bits, unsigned. Undefined if only the run shows them. */
  readonly value: bigint | undefined;
  /** How it is shown whatever kind it is: a value that only the run shows, `<pid>`. */
  readonly name?: string;
  /** Of an address: how it is shown where its contents are not, `&buffer`. */
  readonly place?: string;
  /** Of an address: what stands there. Undefined if that is not known. */
  readonly contents?: Contents;
}

/** What stands at an address. */
export interface Contents {
  /** So many bytes; fewer where there are no more. */
  bytes(offset: number, length: number): Uint8Array;
  /** The bytes up to the NUL. */
  string(): Uint8Array;
  /** The number of 8 bytes, which may be an address. */
  word(offset: number): Argument;
  /** How bytes that are no text are shown. */
  readonly text?: string;
}

/** The number of 4 bytes. */
export function half(contents: Contents, offset: number): Argument {
  return numbered(contents, offset, 4);
}

/** The number of 2 bytes. */
export function quarter(contents: Contents, offset: number): Argument {
  return numbered(contents, offset, 2);
}

function numbered(contents: Contents, offset: number, length: number): Argument {
  const bytes = contents.bytes(offset, length);
  let value = 0n;
  for (let i = bytes.length; i-- > 0;) value = value << 8n | BigInt(bytes[i]!);
  return { value };
}
