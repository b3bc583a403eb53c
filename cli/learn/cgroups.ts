/** Control groups outlive the processes in them: those that the page makes are removed. */
import { AT_FDCWD, AT_REMOVEDIR } from "../../ffi/abi/fcntl.ts";
import { cString, syscall } from "../../ffi/syscall.ts";
import { parseMountinfo } from "../../inspect/mountinfo.ts";
import { ifReadable, linesWith } from "../../inspect/proc.ts";

/** What the page calls its control group, at the top of the tree. */
const NAME = "nest";

/** The page's control group, where the tree is mounted here. */
function place(): string | undefined {
  const lines = ifReadable(() => linesWith("self/mountinfo", " - cgroup2 ")) ?? [];
  const [mount] = parseMountinfo(lines.join("\n"));
  return mount && `${mount.mountPoint}/${NAME}`;
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** The page's control group, unless there was one of that name before. */
export class Cgroups {
  readonly #path: string | undefined;

  constructor() {
    const path = place();
    this.#path = path !== undefined && exists(path) ? undefined : path;
  }

  /** Removes what is new. Nobody is in it any more. */
  removeNew(): void {
    if (this.#path !== undefined) {
      syscall("unlinkat", AT_FDCWD, cString(this.#path), AT_REMOVEDIR);
    }
  }
}
