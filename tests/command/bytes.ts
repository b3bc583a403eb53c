/** What was written, all of it, as text. */
export function bytesOf(...streams: readonly Uint8Array[]): string {
  return streams.map((bytes) => new TextDecoder().decode(bytes)).join("");
}
