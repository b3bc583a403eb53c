/** Images of commands: made once for the same options, and in memory as long as launchers run them. */
import { syscall } from "../ffi/syscall.ts";
import { compileForCommand } from "../launch/compile.ts";
import { imageBytes } from "../engine/image.ts";
import type { CommandPlan } from "../engine/plan.ts";
import { readRestore } from "../launch/run/facts.ts";
import { imageFiles } from "../launch/run/image_file.ts";
import type { LaunchSpec } from "../launch/spec.ts";

/** How many images are kept that nobody runs: some 40 KiB each. */
const KEPT = 16;

/** Nor is one kept that is larger, for its arguments are. */
const LARGE_BYTES = 1 << 18;

/** The plan of a command. @throws {SpecError} */
export function planOf(spec: LaunchSpec): CommandPlan {
  return compileForCommand(spec, readRestore());
}

/** A plan and its image, in a file that those who run it share. */
export class Image {
  readonly plan: CommandPlan;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #fd = -1;
  #users = 0;

  constructor(plan: CommandPlan) {
    this.plan = plan;
    this.#bytes = imageBytes(plan, Deno.build.arch);
  }

  /** Its size. */
  get bytes(): number {
    return this.#bytes.length;
  }

  /** Descriptors to execute it by, the best first. Each is closed when `release` has been called for it. */
  *files(): Generator<{ readonly fd: number; readonly release: () => void }> {
    if (this.#fd >= 0) yield this.#use();
    for (const fd of imageFiles(this.#bytes)) {
      if (fd < 0) continue;
      if (this.#fd < 0) {
        this.#fd = fd;
        yield this.#use();
      } else yield { fd, release: () => void syscall("close", fd) };
    }
  }

  #use(): { readonly fd: number; readonly release: () => void } {
    const fd = this.#fd;
    this.#users++;
    return {
      fd,
      release: () => {
        if (--this.#users > 0) return;
        this.#fd = -1;
        syscall("close", fd);
      },
    };
  }
}

const images = new Map<string, Image>();

/** The image of a spec, whoever runs it. @throws {SpecError} */
export function imageFor(spec: LaunchSpec): Image {
  const key = JSON.stringify(
    spec,
    (_, value) => typeof value === "bigint" ? `${value}n` : value,
  );
  const image = images.get(key) ?? new Image(planOf(spec));
  if (image.bytes > LARGE_BYTES) return image;
  // The one used last is the last to go.
  images.delete(key);
  images.set(key, image);
  for (const oldest of images.keys()) {
    if (images.size <= KEPT) break;
    images.delete(oldest);
  }
  return image;
}
