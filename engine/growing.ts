/** A byte array that grows. */

/** The next multiple of a number. */
export const alignUp = (bytes: number, align: number): number => Math.ceil(bytes / align) * align;

/** Bytes at the end of which more are put. */
export class Growing {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(16384);
  view: DataView = new DataView(this.bytes.buffer);
  used = 0;

  take(length: number, align: number): number {
    const at = alignUp(this.used, align);
    this.used = at + length;
    if (this.used > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.used));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  /** Appends bytes, and zeros up to a length. */
  append(value: Uint8Array, length: number, align: number): number {
    const at = this.take(length, align);
    this.bytes.set(value, at);
    return at;
  }

  get content(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }
}
