/** Images of commands: made once for a shape, and in memory as long as launchers run them. */
import { syscall } from "../ffi/syscall.ts";
import { compileForCommand } from "../launch/compile.ts";
import { imageOf } from "../engine/image.ts";
import type { Plan } from "../engine/plan.ts";
import { readRestore } from "../launch/run/facts.ts";
import { imageFiles } from "../launch/run/image_file.ts";
import type { LaunchSpec, OpenSpec } from "../launch/spec.ts";

/** How many images are kept that nobody runs: some 40 KiB each. */
const KEPT = 16;

/** Nor is one kept that is larger, for its options are. */
const LARGE_BYTES = 1 << 18;

/** The plan of a command: all in it is known. @param spec As checked() gives it. */
export function planOf(spec: LaunchSpec): Plan {
  return compileForCommand(spec, readRestore());
}

/** The plan that a launcher of this shape has, with the values of one launch in its words. */
export function planInWords(spec: LaunchSpec, shape: OpenSpec): Plan {
  return compileForCommand(spec, readRestore(), shape);
}

/** An image, in a file that those who run it share. */
export class Image {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #fd = -1;
  #users = 0;

  constructor(plan: Plan) {
    this.#bytes = imageOf(plan, Deno.build.arch);
  }

  /** Its size. */
  get bytes(): number {
    return this.#bytes.length;
  }

  /** Descriptors to execute it by, the best first. Each is held until `release` is called for it. */
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

  /** Closes its file, unless somebody runs it or is likely to. */
  closeUnused(): void {
    if (this !== latest) this.#close();
  }

  /** Closes its file, unless somebody runs it. */
  #close(): void {
    if (this.#fd < 0 || this.#users > 0) return;
    syscall("close", this.#fd);
    this.#fd = -1;
  }
}

const images = new Map<string, Image>();

/** The one that was asked for last: its file stays for the next launch. */
let latest: Image | undefined;

/** The image of all specs of this shape. */
export function imageFor(shape: OpenSpec): Image {
  const key = JSON.stringify(
    shape,
    (_, value) => typeof value === "bigint" ? `${value}n` : value,
  );
  const image = images.get(key) ?? new Image(compileForCommand(shape, readRestore()));
  if (image.bytes > LARGE_BYTES) return image;
  // The one used last is the last to go.
  images.delete(key);
  images.set(key, image);
  for (const oldest of images.keys()) {
    if (images.size <= KEPT) break;
    images.delete(oldest);
  }
  const before = latest;
  latest = image;
  if (before !== image) before?.closeUnused();
  return image;
}
