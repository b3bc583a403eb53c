/** Binding new namespaces to files, so that they stay without processes. @see namespaces(7), "Namespace lifetime" */
import { MNT_DETACH, MS_BIND } from "../../ffi/abi/mount.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { type Bytes, display, encode } from "../../ffi/bytes.ts";
import { persistHints } from "../hints/mounts.ts";
import { ERROR, FAILURE, type Operand, slot, text } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import { readOwnPid } from "./own_pid.ts";
import { awaitGate, awaitSuccess, forkQuietly, makeGate, openGate } from "./process.ts";
import { textAround } from "../text_around.ts";

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

/** Binds; what was bound before a failure is undone. */
function bindAll(
  context: Context,
  source: (type: NamespaceType) => Operand,
  shownPid: string,
): void {
  const { s, spec, caller } = context;
  const done = s.unique("bound");
  const files = persisted(spec);
  const undo = files.map(() => s.unique("undo"));
  files.forEach(([type, path], i) => {
    const shown = `/proc/${shownPid}/${nsFile(type)}`;
    s.call(
      "mount",
      [source(type), encode(path), 0, MS_BIND, 0],
      `keep the ${type} namespace at ${display(path)}`,
      {
        failure: failed(
          `mount ${shown} on ${display(path)} failed`,
          persistHints(type, spec, caller),
        ),
        orElse: undo[i]!,
      },
    );
  });
  s.jump(done);
  // Undoing must not hide what failed.
  files.forEach((_, i) => {
    const undone = files.slice(0, i).reverse();
    s.label(undo[i]!);
    s.compute("kept error", "set", slot(ERROR));
    s.compute("kept failure", "set", slot(FAILURE));
    for (const [type, path] of undone) {
      s.call("umount2", [encode(path), MNT_DETACH], `let the ${type} namespace go again`, {
        when: "if a later one cannot be kept",
      });
    }
    s.compute(ERROR, "set", slot("kept error"));
    s.compute(FAILURE, "set", slot("kept failure"));
    s.jump("fail");
  });
  s.label(done);
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
  if (stays) {
    return { bind: () => bindAll(context, (type) => text(`/proc/self/${nsFile(type)}`), "self") };
  }
  const [child, parent] = [s.unique("binder"), s.unique("main")];
  const gate = makeGate(s, "bind");
  readOwnPid(s, "bound pid", "whose namespaces are bound");
  forkQuietly(
    s,
    "binder",
    child,
    "a process that stays in the caller's namespaces, to bind the new ones there",
  );
  s.jump(parent);
  s.process = "binder";
  s.label(child);
  awaitGate(s, gate, "wait until the namespaces exist");
  bindAll(context, (type) => textAround(s, "/proc/", "bound pid", `/${nsFile(type)}`), "PID");
  s.call("exit_group", [0], "exit: the namespaces are bound");
  s.process = "main";
  s.label(parent);
  return {
    bind() {
      openGate(s, gate, "the namespaces exist: bind them");
      awaitSuccess(s, "binder", "the namespaces are bound");
    },
  };
}
