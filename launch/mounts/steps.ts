/** Mounts and directories of the new mount namespace. @see mount_namespaces(7) */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import {
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
} from "../../ffi/abi/mount.ts";
import { BINFMTFS_MAGIC } from "../../ffi/abi/stat.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { type Bytes, concat, wellFormed } from "../../ffi/bytes.ts";
import { NUL } from "../../engine/characters.ts";
import { all, not, type When } from "../../engine/condition.ts";
import { type Message, words } from "../../engine/failure.ts";
import * as text from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { chrootHints, mountHints, procHints, propagationHints } from "./hints.ts";
import { BINFMT_MISC, type Propagation } from "./spec.ts";
import { type Context, failed } from "../context.ts";
import { isParameter, type Text } from "../parameter.ts";
import { writeFile } from "../ids/steps.ts";

/** The flags of mount(2) that set a propagation. */
export const PROPAGATION: Readonly<Record<Exclude<Propagation, "unchanged">, number>> = {
  private: MS_REC | MS_PRIVATE,
  shared: MS_REC | MS_SHARED,
  slave: MS_REC | MS_SLAVE,
};

const NOTES: Readonly<Record<keyof typeof PROPAGATION, string>> = {
  private: "mounts made here stay here, and those made outside stay outside",
  shared: "mounts made here or in copies of this namespace appear in both",
  slave: "mounts made outside appear here, but not the other way",
};

const SAFE = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** What mounts in the new namespace mean for the others. */
export function setPropagation(context: Context): void {
  const { s, spec, request } = context;
  const { propagation = "private" } = spec;
  const set = (flags: Value, note: string): void => {
    s.call("mount", ["none", "/", 0, flags, 0], note, {
      fails: failed("cannot change root filesystem propagation", propagationHints(context)),
    });
  };
  s.if(request.includes(spec.namespaces, "mnt"), () => {
    if (!isParameter(propagation)) {
      if (propagation !== "unchanged") set(PROPAGATION[propagation], NOTES[propagation]);
      return;
    }
    const flags = s.variable("propagation", PROPAGATION.private).said();
    s.if(request.isGiven(propagation), () => flags.set(request.value(propagation)));
    s.if(flags.isNot(0), () => set(flags, "what mounts made here and outside are to each other"));
  });
}

/** Whether mounts are to be seen in other namespaces, too. */
function isShared({ spec: { propagation = "private" }, request }: Context): When {
  if (!isParameter(propagation)) return propagation !== "private";
  const flags = request.value(propagation) as Variable;
  return all(request.isGiven(propagation), flags.isNot(PROPAGATION.private));
}

/** A fresh proc: without one /proc shows the processes of the old PID namespace. */
function mountProc(context: Context, path: Text): void {
  const { s, spec, request } = context;
  const shown = request.shown(path);
  s.if(all(isShared(context), not(request.isGiven(spec.root))), () => {
    const args = ["none", request.value(path), 0, PROPAGATION.private, 0];
    const message = words`cannot change ${request.path(path)} filesystem propagation`;
    s.call("mount", args, `the new ${shown} is not for other namespaces`, {
      fails: {
        // Nothing is mounted there yet: nothing to make private.
        EINVAL: "ignored",
        otherwise: failed(message, mountHints()),
      },
    });
  });
  const args = ["proc", request.value(path), "proc", SAFE, 0];
  s.call("mount", args, `mount a fresh proc on ${shown}`, {
    fails: failed(words`mount ${request.path(path)} failed`, procHints(context)),
  });
}

function mountBinfmtOn({ s, request }: Context, path: Text): void {
  const args = ["binfmt_misc", request.value(path), "binfmt_misc", SAFE, 0];
  s.call("mount", args, "interpreters of this user namespace alone", {
    fails: failed(words`mount ${request.path(path)} failed`, mountHints()),
  });
}

function register(context: Context, mount: Text, line: Text): void {
  const { s, request } = context;
  const { path, shown } = registerFile(context, mount);
  writeFile(context, [AT_FDCWD, path], request.value(line), {
    length: request.length(s, line),
    note: "register an interpreter",
    shown,
    // Others may have put something else there since it was mounted.
    type: BINFMTFS_MAGIC,
  });
}

/** The file of a binfmt_misc that takes lines. */
function registerFile(
  { s, request }: Context,
  mount: Text,
): { readonly path: Value; readonly shown: Message } {
  if (!isParameter(mount)) {
    const path = concat(mount, "/register");
    return { path, shown: words`${{ path }}` };
  }
  const shown = words`${request.path(mount)}/register`;
  const path = new text.Text(s, "register file", PATH_MAX, failed(words`cannot open ${shown}`));
  path.appendString(s.variable("mount", request.value(mount)));
  path.append("/register\0");
  return { path: s.variable("register file", path.start).said(), shown };
}

/** Whether the last field of `:name:type:offset:magic:mask:interpreter:flags` has F. */
function hasFixedFlag(line: Bytes): boolean {
  const text = wellFormed(line);
  return text.slice(text.lastIndexOf(text[0] ?? ":")).includes("F");
}

/** Whether the interpreter is opened when it is registered, and so is one of the old root. */
function isRegisteredEarly({ s, spec, request }: Context): When {
  const { loadInterp, root } = spec;
  if (loadInterp === undefined) return false;
  if (!isParameter(loadInterp)) return all(hasFixedFlag(loadInterp), request.isGiven(root));
  const isFixed = s.variable("is fixed", 0);
  s.if(all(request.isGiven(loadInterp), request.isGiven(root)), () => {
    const start = s.variable("line", request.value(loadInterp));
    const flags = s.variable("flags", start);
    s.each([start, s.variable("line end", start.seek(NUL)), 1], (at) => {
      s.if(at.byte().is(start.byte()), () => flags.set(at));
    });
    s.if(flags.seek("F".charCodeAt(0), NUL).byte().isNot(NUL), () => isFixed.set(1));
  });
  return isFixed.is(1);
}

/** A new sysfs: the old one shows the devices of another network namespace. */
function mountSys({ s, request }: Context, path: Bytes): void {
  s.call("mount", ["sysfs", path, "sysfs", SAFE, 0], "the devices of this network namespace", {
    fails: failed(words`mount ${request.path(path)} failed`, mountHints()),
  });
}

/** Covers a file or a directory. */
function bindPath(
  { s, request }: Context,
  { source, destination }: { readonly source: Bytes; readonly destination: Bytes },
): void {
  const note = `${request.shown(source)} is seen in its place`;
  s.call("mount", [source, destination, 0, MS_BIND, 0], note, {
    fails: failed(
      words`cannot bind ${request.path(source)} to ${request.path(destination)}`,
      mountHints(),
    ),
  });
}

/** Goes to the directory that is asked for. */
export function enterDirectory({ s, spec: { wd }, request }: Context): void {
  request.ifGiven(s, wd, (wd) => {
    s.call("chdir", [request.value(wd)], "start in this directory", {
      fails: failed(words`cannot change directory to ${request.path(wd)}`),
    });
  });
}

/** Changes root and directory, and mounts what is asked for. */
export function enterRoot(context: Context): void {
  const { s, spec, request } = context;
  const { keepWd, loadInterp, mountBinfmt, mountProc: proc, root } = spec;
  const isEarly = isRegisteredEarly(context);
  s.if(isEarly, () => {
    mountBinfmtOn(context, BINFMT_MISC);
    register(context, BINFMT_MISC, loadInterp!);
  });
  request.ifGiven(s, root, (root) => {
    s.call("chroot", [request.value(root)], `${request.shown(root)} is / from here on`, {
      fails: failed(
        words`cannot change root directory to '${request.path(root)}'`,
        chrootHints(context),
      ),
    });
  });
  s.if(not(request.isGiven(keepWd)), () => enterDirectory(context));
  request.ifGiven(s, proc, (proc) => mountProc(context, proc));
  if (spec.mountSys !== undefined) mountSys(context, spec.mountSys);
  for (const bind of spec.binds ?? []) bindPath(context, bind);
  request.ifGiven(s, mountBinfmt, (mount) => mountBinfmtOn(context, mount));
  s.if(all(request.isGiven(loadInterp), not(isEarly)), () => {
    register(context, mountBinfmt!, loadInterp!);
  });
}
