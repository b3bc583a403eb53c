/** The last steps of probes, in place of a program. */
import { NAMESPACE_FLAGS } from "../../ffi/abi/namespaces.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { mountHints } from "../mounts/hints.ts";
import { knownTypes, unshareHints } from "../namespaces/hints.ts";
import type { Hint } from "../../engine/failure.ts";
import { type Context, failed } from "../context.ts";
import { setLoopbackUp } from "../network/steps.ts";
import { OVERLAY_HINTS } from "./hints.ts";

/** Appends steps. */
export type LastSteps = (context: Context) => void;

/** Ends a probe that worked. */
export function succeed({ s }: Context): void {
  s.exit(0, "exit: it works");
}

function mount(
  { s }: Context,
  type: string,
  target: string,
  options: string,
  hints: readonly Hint[],
): void {
  s.call("mount", [type, target, type, 0, options], `mount a new ${type}`, {
    fails: failed(`mount ${type} failed`, hints),
  });
}

/** Mounts a new file system of this type on a folder. */
export function mountOn(
  folder: string,
  type: string,
  options = "",
  hints: readonly Hint[] = mountHints(type),
): LastSteps {
  return (context) => {
    mount(context, type, folder, options, hints);
    succeed(context);
  };
}

/** Mounts an overlay, its layers in a tmpfs on a folder, and creates a file in it. */
export function mountOverlay(folder: string, options: string): LastSteps {
  return (context) => {
    const { s } = context;
    mount(context, "tmpfs", folder, "", mountHints("tmpfs"));
    for (const name of ["lower", "upper", "work"]) {
      s.call("mkdirat", [AT_FDCWD, `${folder}/${name}`, 0o755], "a layer", {
        fails: failed(`cannot create ${folder}/${name}`),
      });
    }
    const layers =
      `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work${options}`;
    mount(context, "overlay", `${folder}/lower`, layers, OVERLAY_HINTS);
    s.call("mkdirat", [AT_FDCWD, `${folder}/lower/new`, 0o755], "write to it", {
      fails: failed("cannot write to the overlay", OVERLAY_HINTS),
    });
    succeed(context);
  };
}

/** A user namespace in the one that the launch has created. */
export const nest: LastSteps = (context) => {
  context.s.call("unshare", [NAMESPACE_FLAGS.user], "a user namespace in a user namespace", {
    fails: failed("unshare failed", unshareHints(knownTypes(["user"]))),
  });
  succeed(context);
};

/** Sets the loopback interface up: in a new network namespace it is down. */
export const raiseLoopback: LastSteps = (context) => {
  setLoopbackUp(context);
  succeed(context);
};
