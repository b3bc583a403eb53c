/** Reads PNG images as renderers write them: 8 bits a channel, not interlaced. @see https://www.w3.org/TR/png-3 */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** An image. */
export interface Image {
  readonly width: number;
  readonly height: number;
  /** The colour of a pixel; what is transparent counts as black. */
  at(x: number, y: number): Rgb;
}

const SIGNATURE = 8;
/** Channels by colour type: RGB, RGBA. */
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 };

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const [a, b, c] = [left, up, upLeft].map((value) => Math.abs(estimate - value)) as [
    number,
    number,
    number,
  ];
  return a <= b && a <= c ? left : b <= c ? up : upLeft;
}

async function inflate(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<Uint8Array> {
  const stream = new Blob([...parts]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Reads an image. */
export async function readPng(path: string): Promise<Image> {
  const bytes = Deno.readFileSync(path);
  const view = new DataView(bytes.buffer);
  const compressed: Uint8Array<ArrayBuffer>[] = [];
  for (let at = SIGNATURE; at < bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "IDAT") compressed.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const channels = CHANNELS[bytes[25]!];
  if (bytes[24] !== 8 || channels === undefined || bytes[28] !== 0) {
    throw new TypeError(`Cannot read such a PNG: ${path}`);
  }
  const rows = unfilter(await inflate(compressed), width * channels, height, channels);
  return {
    width,
    height,
    at(x, y) {
      const from = (Math.floor(y) * width + Math.floor(x)) * channels;
      const opaque = channels === 3 || rows[from + 3] === 255;
      return opaque ? [rows[from]!, rows[from + 1]!, rows[from + 2]!] : [0, 0, 0];
    },
  };
}

/** Each row has a filter in front, by which its bytes are differences to their neighbours. */
function unfilter(raw: Uint8Array, stride: number, height: number, channels: number): Uint8Array {
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const to = y * stride + x;
      const left = x >= channels ? rows[to - channels]! : 0;
      const up = y > 0 ? rows[to - stride]! : 0;
      const upLeft = x >= channels && y > 0 ? rows[to - stride - channels]! : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][filter!]!;
      rows[to] = raw[y * (stride + 1) + 1 + x]! + guess;
    }
  }
  return rows;
}
