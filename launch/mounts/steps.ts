/** Mounts and directories of the new mount namespace. @see mount_namespaces(7) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import {
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
} from "../../ffi/abi/mount.ts";
import { BINFMTFS_MAGIC } from "../../ffi/abi/stat.ts";
import { type Bytes, concat, display, encode, wellFormed } from "../../ffi/bytes.ts";
import { chrootHints, mountHints, procHints, propagationHints } from "./hints.ts";
import { BINFMT_MISC, type LaunchSpec, type Propagation } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { writeFile } from "../ids/steps.ts";

const PROPAGATION: Readonly<Record<Exclude<Propagation, "unchanged">, number>> = {
  private: MS_REC | MS_PRIVATE,
  shared: MS_REC | MS_SHARED,
  slave: MS_REC | MS_SLAVE,
};

const SAFE = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** What mounts in the new namespace mean for the others. */
export function setPropagation({ s, spec }: Context): void {
  const propagation = spec.propagation ?? "private";
  if (!spec.namespaces.includes("mnt") || propagation === "unchanged") return;
  const notes = {
    private: "mounts made here stay here, and those made outside stay outside",
    shared: "mounts made here or in copies of this namespace appear in both",
    slave: "mounts made outside appear here, but not the other way",
  };
  s.call("mount", ["none", "/", 0, PROPAGATION[propagation], 0], notes[propagation], {
    fails: failed("cannot change root filesystem propagation", propagationHints()),
  });
}

/** A fresh proc: without one /proc shows the processes of the old PID namespace. */
function mountProc({ s, spec }: Context, path: Bytes): void {
  const shown = display(path);
  const propagation = spec.propagation ?? "private";
  if (spec.root === undefined && propagation !== "private") {
    const args = ["none", encode(path), 0, MS_REC | MS_PRIVATE, 0];
    s.call("mount", args, `the new ${shown} is not for other namespaces`, {
      fails: {
        // Nothing is mounted there yet: nothing to make private.
        EINVAL: "ignored",
        otherwise: failed(`cannot change ${shown} filesystem propagation`, mountHints()),
      },
    });
  }
  s.call("mount", ["proc", encode(path), "proc", SAFE, 0], `mount a fresh proc on ${shown}`, {
    fails: failed(`mount ${shown} failed`, procHints(spec)),
  });
}

function mountBinfmt({ s }: Context, path: Bytes): void {
  const args = ["binfmt_misc", encode(path), "binfmt_misc", SAFE, 0];
  s.call("mount", args, "interpreters of this user namespace alone", {
    fails: failed(`mount ${display(path)} failed`, mountHints()),
  });
}

function register(context: Context, mount: Bytes, line: Bytes): void {
  const path = concat(mount, "/register");
  writeFile(context, [AT_FDCWD, path], encode(line), {
    length: encode(line).length,
    note: "register an interpreter",
    shown: display(path),
    // Others may have put something else there since it was mounted.
    type: BINFMTFS_MAGIC,
  });
}

/** The last field of `:name:type:offset:magic:mask:interpreter:flags` has F: the interpreter is opened at once. */
function isFixed(line: Bytes): boolean {
  const text = wellFormed(line);
  return text.slice(text.lastIndexOf(text[0] ?? ":")).includes("F");
}

/** Changes root and directory, and mounts what is asked for. */
export function enterRoot(context: Context): void {
  const { s, spec } = context;
  const early = spec.root !== undefined && spec.loadInterp !== undefined &&
    isFixed(spec.loadInterp);
  if (early) {
    mountBinfmt(context, BINFMT_MISC);
    register(context, BINFMT_MISC, spec.loadInterp);
  }
  if (spec.root !== undefined) {
    const shown = display(spec.root);
    s.call("chroot", [encode(spec.root)], `${shown} is / from here on`, {
      fails: failed(`cannot change root directory to '${shown}'`, chrootHints(spec)),
    });
  }
  const wd = spec.wd ?? (spec.root === undefined ? undefined : "/");
  if (wd !== undefined) {
    s.call("chdir", [encode(wd)], "start in this directory", {
      fails: failed(`cannot change directory to ${display(wd)}`),
    });
  }
  const { proc, binfmt } = mountPoints(spec);
  if (proc !== undefined) mountProc(context, proc);
  if (binfmt !== undefined) mountBinfmt(context, binfmt);
  if (spec.loadInterp !== undefined && !early) register(context, binfmt!, spec.loadInterp);
}

/** Where proc and binfmt_misc go: the default place of the latter is in the former. */
function mountPoints(spec: LaunchSpec): { proc: Bytes | undefined; binfmt: Bytes | undefined } {
  const binfmt = spec.mountBinfmt ?? (spec.loadInterp === undefined ? undefined : BINFMT_MISC);
  const proc = spec.mountProc ?? (binfmt === BINFMT_MISC ? "/proc" : undefined);
  return { proc, binfmt };
}
