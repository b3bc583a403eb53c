/** A cache of launchers' images, one for each shape of specs. */
import { syscall } from "../ffi/syscall.ts";
import { compileForCommand } from "../launch/compile.ts";
import { imageOf } from "../engine/image.ts";
import type { Plan } from "../engine/plan.ts";
import { readRestore } from "../launch/run/facts.ts";
import { imageFiles } from "../launch/run/image_file.ts";
import type { LaunchSpec, OpenSpec } from "../launch/spec.ts";
import { isWorker } from "./worker.ts";

/** The capacity of the cache, in images of some 40 KiB. */
const KEPT = 16;

/** Larger images are not cached. */
const LARGE_BYTES = 1 << 18;

/** The plan of a command with all values known, to be printed. @param spec As of Command: whole and checked. */
export function planOf(spec: LaunchSpec): Plan {
  return compileForCommand(spec, readRestore());
}

/** The plan of a shape's image, with the values of one launch in its messages, to decode reports. */
export function planInWords(spec: LaunchSpec, shape: OpenSpec): Plan {
  return compileForCommand(spec, readRestore(), shape);
}

/** An image, in a file that all launchers which run it share. */
export class Image {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #fd = -1;
  #users = 0;

  constructor(plan: Plan) {
    this.#bytes = imageOf(plan, Deno.build.arch);
  }

  /** Its size in bytes. */
  get bytes(): number {
    return this.#bytes.length;
  }

  /** Descriptors to execute it by, the best first. Each stays open until its `release` is called. */
  *files(): Generator<{ readonly fd: number; readonly release: () => void }> {
    if (this.#fd >= 0) {
      yield this.#use();
      this.#close();
    }
    for (const fd of imageFiles(this.#bytes)) {
      if (fd < 0) continue;
      if (this.#fd < 0) {
        this.#fd = fd;
        yield this.#use();
        this.#close();
      } else yield { fd, release: () => void syscall("close", fd) };
    }
  }

  #use(): { readonly fd: number; readonly release: () => void } {
    const fd = this.#fd;
    this.#users++;
    return {
      fd,
      release: () => {
        this.#users--;
        this.closeUnused();
      },
    };
  }

  /** Closes its file, unless a launcher uses it or it is the latest image, which is kept where somebody closes it. */
  closeUnused(): void {
    if (this !== latest || isWorker) this.#close();
  }

  /** Closes its file, unless a launcher uses it. */
  #close(): void {
    if (this.#fd < 0 || this.#users > 0) return;
    syscall("close", this.#fd);
    this.#fd = -1;
  }
}

const images = new Map<string, Image>();

/** The image that was used last: its file stays open for the next launch. */
let latest: Image | undefined;
/** The shape that it was asked for. */
let latestShape: OpenSpec | undefined;

/** The image of all specs of this shape. */
export function imageFor(shape: OpenSpec): Image {
  if (latest && shape === latestShape) return latest;
  const key = JSON.stringify(
    shape,
    (_, value) => typeof value === "bigint" ? `${value}n` : value,
  );
  const image = images.get(key) ?? new Image(compileForCommand(shape, readRestore()));
  if (image.bytes > LARGE_BYTES) return image;
  // A Map keeps the order of insertion: the image used last is evicted last.
  images.delete(key);
  images.set(key, image);
  for (const oldest of images.keys()) {
    if (images.size <= KEPT) break;
    images.delete(oldest);
  }
  const before = latest;
  [latest, latestShape] = [image, shape];
  if (before !== image) before?.closeUnused();
  return image;
}
