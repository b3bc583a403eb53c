/** /proc/PID/mountinfo. @see proc_pid_mountinfo(5) */
import { unescapeOctal } from "./escape.ts";

/**
 * A mount, as one line of mountinfo has it:
 *
 *     36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *     id |  dev  root  mountPoint options optional fsType source superOptions
 *        parent
 */
export interface Mount {
  /** As in mountinfo; another mount may have it later. */
  readonly id: number;
  /** The ID of the mount that it is on. */
  readonly parent: number;
  /** major:minor of the file system. */
  readonly dev: string;
  /** The root of the mount within its file system; of nsfs the namespace: `net:[4026532177]`. */
  readonly root: string;
  /** The mount point, below the root directory of the process whose mountinfo this is. */
  readonly mountPoint: string;
  /** Options of this mount. */
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`. */
  readonly optional: readonly string[];
  /** The type of the file system. */
  readonly fsType: string;
  /** What is mounted: a device, or any word. */
  readonly source: string;
  /** Options of the file system. */
  readonly superOptions: readonly string[];
}

/** Parses one line; undefined if it is malformed. */
export function parseMountLine(line: string): Mount | undefined {
  const fields = line.split(" ");
  // Optional fields are as many as there are; a mount point cannot be "-", it begins with "/".
  const dash = fields.indexOf("-", 6);
  const [id, parent, dev, root, mountPoint, options] = fields;
  if (dash < 0 || !dev?.includes(":") || options === undefined) return undefined;
  // A source may be empty, and has its spaces escaped; the last field is the options.
  const [fsType = "", source = "", superOptions = ""] = fields.slice(dash + 1);
  return {
    id: Number(id),
    parent: Number(parent),
    dev,
    root: unescapeOctal(root!),
    mountPoint: unescapeOctal(mountPoint!),
    options: options.split(","),
    optional: fields.slice(6, dash),
    fsType: unescapeOctal(fsType),
    source: unescapeOctal(source),
    superOptions: superOptions.split(","),
  };
}

/** Parses a whole mountinfo, in the kernel's order. Malformed lines are left out. */
export function parseMountinfo(text: string): Mount[] {
  return text.split("\n").flatMap((line) => parseMountLine(line) ?? []);
}
