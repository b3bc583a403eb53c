/** A /dev with what programs expect. @see null(4), pts(4), devpts in the kernel's documentation */
import { TCGETS, TERMIOS_BYTES } from "../../ffi/abi/ioctl.ts";
import { O_CLOEXEC, O_CREAT, O_EXCL } from "../../ffi/abi/fcntl.ts";
import {
  AT_RECURSIVE,
  MOUNT_ATTR_NOSUID,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
} from "../../ffi/abi/mount.ts";
import { eachRow } from "../../engine/table.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { mountHints } from "../mounts/hints.ts";
import { attach, cannotOpen } from "./attach.ts";
import { remountTree, setAttributes } from "./attributes.ts";
import { MOUNT_POINT } from "./destination.ts";
import { mountIn, mountOn } from "./file_systems.ts";
import { devptsHints } from "./hints.ts";
import { openOpened } from "./opened.ts";
import { cannotAt, close, goTo, type Root, WAY_NOT_LINK } from "./root.ts";

/** Devices that are bound: nobody may make any in a user namespace. */
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

/** Symbolic links. */
const LINKS = [
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["fd", "/proc/self/fd"],
  ["core", "/proc/kcore"],
  ["ptmx", "pts/ptmx"],
] as const;

const FOLDERS = ["shm", "pts"];

/** Mounts it on the destination. */
export function mountDevices(root: Root): void {
  const what = {
    type: "tmpfs",
    flags: MS_NOSUID | MS_NODEV,
    options: "mode=0755",
    hints: mountHints("tmpfs"),
  };
  mountOn(root, what, (dev) => {
    bindDevices(root, dev);
    makeLinks(root, dev);
    mountTerminals(root, dev);
    bindConsole(root, dev);
  });
}

/** Binds the caller's, by their names in a file system that nobody else has yet. */
function bindDevices(root: Root, dev: Variable): void {
  const { s, hasAttributes } = root;
  goTo(root, dev, "to mount in it", cannotAt(root, "go to"));
  const rows = DEVICES.map((name) => ({ name, path: `/dev/${name}` }));
  eachRow(s, ["name", "path"], rows, (row) => {
    const name = s.variable("device", row.get("name"));
    const path = s.variable("device's path", row.get("path"));
    close(s, createFile(root, dev, name));
    s.call("mount", [path.said(), name, 0, MS_BIND, 0], "the caller's device", {
      fails: cannotOpen(root, path),
    });
  });
  s.if(hasAttributes.is(1), () => setAttributes(root, dev, MOUNT_ATTR_NOSUID, AT_RECURSIVE), {
    otherwise: () => remountTree(root, dev, MOUNT_ATTR_NOSUID),
  });
}

function createFile(root: Root, dev: Variable, name: Value): Variable {
  const args = [dev, name, O_CREAT | O_EXCL | O_CLOEXEC, MOUNT_POINT.file];
  return root.s.call("openat", args, "an empty file to mount on", {
    result: "device file",
    fails: cannotAt(root, "create a file in"),
  });
}

function makeLinks(root: Root, dev: Variable): void {
  const { s } = root;
  eachRow(s, ["name", "target"], LINKS.map(([name, target]) => ({ name, target })), (row) => {
    const [name, target] = [
      s.variable("link", row.get("name")),
      s.variable("leads", row.get("target")),
    ];
    s.call("symlinkat", [target, dev, name], "a link that programs expect", {
      fails: cannotAt(root, "make a link in"),
    });
  });
}

function mountTerminals(root: Root, dev: Variable): void {
  const { s } = root;
  for (const name of FOLDERS) {
    s.call("mkdirat", [dev, name, MOUNT_POINT.directory], `the directory ${name}`, {
      fails: cannotAt(root, "make a directory in"),
    });
  }
  const pts = s.call("openat", [dev, "pts", WAY_NOT_LINK, 0], "where terminals are", {
    result: "pts",
    fails: cannotAt(root, "open a directory in"),
  });
  mountIn(root, pts, {
    type: "devpts",
    flags: MS_NOSUID | MS_NOEXEC,
    options: "newinstance,ptmxmode=0666,mode=620",
    hints: devptsHints(),
  });
  close(s, pts);
}

/** The terminal that standard output is: the program has it anyway, and looks for its name. */
function bindConsole(root: Root, dev: Variable): void {
  const { s } = root;
  const settings = s.memory("settings", TERMIOS_BYTES);
  s.block(({ leave }) => {
    s.call("ioctl", [1, TCGETS, settings], "is standard output a terminal?", { fails: leave });
    const source = openOpened(root, 1, leave);
    const at = createFile(root, dev, "console");
    attach(root, source, { folder: dev, name: "console", at }, MOUNT_ATTR_NOSUID);
    close(s, at);
  });
}
