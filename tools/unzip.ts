/**
 * Reads one file out of a ZIP archive; `unzip` is not on every machine.
 *
 * @see APPNOTE.TXT 4.3.12 and 4.3.16, https://support.pkware.com/pkzip/appnote
 * @module
 */

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** The bytes of the file called `name`. */
export async function unzip(archive: Uint8Array<ArrayBuffer>, name: string): Promise<Uint8Array> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  let end = archive.length - 22;
  while (end >= 0 && u32(end) !== END) end--;
  if (end < 0) throw new Error("it is no ZIP archive");
  let at = u32(end + 16);
  for (let left = u16(end + 10); left > 0 && u32(at) === ENTRY; left--) {
    const nameEnd = at + 46 + u16(at + 28);
    if (new TextDecoder().decode(archive.subarray(at + 46, nameEnd)) === name) {
      // The lengths in front of the data may be others than those here.
      const local = u32(at + 42);
      const start = local + 30 + u16(local + 26) + u16(local + 28);
      return await expand(archive.subarray(start, start + u32(at + 20)), u16(at + 10));
    }
    at = nameEnd + u16(at + 30) + u16(at + 32);
  }
  throw new Error(`the archive has no "${name}"`);
}

async function expand(data: Uint8Array<ArrayBuffer>, method: number): Promise<Uint8Array> {
  if (method === STORED) return data;
  if (method !== DEFLATED) throw new Error(`the archive is packed by method ${method}`);
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
