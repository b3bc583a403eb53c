/** Binding new namespaces to files, so that they stay without processes. @see namespaces(7), "Namespace lifetime" */
import { MNT_DETACH, MS_BIND } from "../../ffi/abi/mount.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { type Bytes, display, encode } from "../../ffi/bytes.ts";
import { textAround } from "../../engine/text.ts";
import type { Value } from "../../engine/value.ts";
import { persistHints } from "../mounts/hints.ts";
import { type Context, failed } from "../context.ts";
import { readOwnPid } from "../proc/own_pid.ts";
import { awaitGate, awaitSuccess, makeGate, openGate, startHelper } from "../wait/process.ts";

function persisted(spec: Context["spec"]): [NamespaceType, Bytes][] {
  return NAMESPACE_TYPES.flatMap((type) => {
    const path = spec.persist?.[type];
    return path === undefined ? [] : [[type, path] as [NamespaceType, Bytes]];
  });
}

/** The namespaces of children are those that were asked for: these two change only for them. */
function nsFile(type: NamespaceType): string {
  return type === "pid" || type === "time" ? `ns/${type}_for_children` : `ns/${type}`;
}

/**
 * Binds; what was bound before a failure is undone.
 *
 * @param pathOf Gives the path of a file of the process whose namespaces are bound.
 */
function bindAll(
  { s, spec }: Context,
  pathOf: (file: string) => Value,
  shownPid: string,
): void {
  const files = persisted(spec);
  files.forEach(([type, path], i) => {
    const shown = `/proc/${shownPid}/${nsFile(type)}`;
    const args = [pathOf(nsFile(type)), encode(path), 0, MS_BIND, 0];
    s.call("mount", args, `keep the ${type} namespace at ${display(path)}`, {
      fails(error) {
        // Undoing must not hide what failed.
        const kept = s.variable("kept", error.result);
        for (const [type, path] of files.slice(0, i).reverse()) {
          s.call("umount2", [encode(path), MNT_DETACH], `let the ${type} namespace go again`, {
            fails: "ignored",
            when: "if a later one cannot be kept",
          });
        }
        const message = `mount ${shown} on ${display(path)} failed`;
        error.fail(failed(message, persistHints(type, spec)), kept);
      },
    });
  });
}

/** Who binds, and how to let it. */
export interface Binder {
  bind(): void;
}

/**
 * Prepares binding: by a child that stays in the caller's mount and user namespace where one of
 * these is new, since only there may the files be mounted on.
 */
export function startBinder(context: Context): Binder | undefined {
  const { s, spec } = context;
  if (persisted(spec).length === 0) return undefined;
  // What is joined may be one of these, too.
  const stays = !spec.join && !spec.namespaces.includes("mnt") && !spec.namespaces.includes("user");
  if (stays) return { bind: () => bindAll(context, (file) => `/proc/self/${file}`, "self") };

  const gate = makeGate(s, "bind");
  const pid = readOwnPid(s, "bound pid", "whose namespaces are bound");
  const note = "a process that stays in the caller's namespaces, to bind the new ones there";
  const binder = startHelper(s, "binder", note, () => {
    awaitGate(s, gate, "wait until the namespaces exist");
    bindAll(context, (file) => textAround(s, "/proc/", pid, `/${file}`), "PID");
    s.exit(0, "exit: the namespaces are bound");
  });
  return {
    bind() {
      openGate(s, gate, "the namespaces exist: bind them");
      awaitSuccess(s, binder, "the namespaces are bound");
    },
  };
}
