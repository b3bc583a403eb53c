/** What tests of commands share. */

/** What was written, all of it, as text. */
export function textOf(...streams: readonly Uint8Array[]): string {
  return streams.map((bytes) => new TextDecoder().decode(bytes)).join("");
}
