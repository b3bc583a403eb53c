/** Binding new namespaces to files, so that they stay without processes. @see namespaces(7), "Namespace lifetime" */
import { MNT_DETACH, MS_BIND } from "../../ffi/abi/mount.ts";
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { all, any, type When } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import { isJoining } from "../join/asked.ts";
import { textAround } from "../../engine/text.ts";
import type { Value } from "../../engine/value.ts";
import { persistHints } from "../mounts/hints.ts";
import { type Context, failed } from "../context.ts";
import type { Text } from "../parameter.ts";
import { readOwnPid } from "../proc/own_pid.ts";
import { awaitGate, awaitSuccess, makeGate, openGate, startHelper } from "../wait/process.ts";

/** Files by the types of the namespaces that are to be bound to them. */
function persisted(spec: Context["spec"]): [NamespaceType, Text][] {
  return NAMESPACE_TYPES.flatMap((type) => {
    const path = spec.persist?.[type];
    return path === undefined ? [] : [[type, path] as [NamespaceType, Text]];
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
  context: Context,
  pathOf: (file: string) => Value,
  shownPid: string,
): void {
  const { s, spec, request } = context;
  const files = persisted(spec);
  const letGo = (type: NamespaceType, path: Text): void => {
    s.if(request.isGiven(path), () => {
      const note = `let the ${type} namespace go again`;
      s.call("umount2", [request.value(path), MNT_DETACH], note, {
        fails: "ignored",
        when: "if a later one cannot be kept",
      });
    });
  };
  const bind = (type: NamespaceType, path: Text, earlier: typeof files): void => {
    const args = [pathOf(nsFile(type)), request.value(path), 0, MS_BIND, 0];
    s.call("mount", args, `keep the ${type} namespace at ${request.shown(path)}`, {
      fails(error) {
        // Undoing must not hide what failed.
        const kept = s.variable("kept", error.result);
        for (const [type, path] of earlier.toReversed()) letGo(type, path);
        const shown = `/proc/${shownPid}/${nsFile(type)}`;
        const message = words`mount ${shown} on ${request.path(path)} failed`;
        error.fail(failed(message, persistHints(type, context)), kept);
      },
    });
  };
  files.forEach(([type, path], i) => {
    s.if(request.isGiven(path), () => bind(type, path, files.slice(0, i)));
  });
}

/** Who binds, and how to let it. */
export interface Binder {
  /** Whether anything is to be bound. */
  readonly isAsked: When;
  bind(): void;
}

/**
 * Prepares binding: by a child that stays in the caller's mount and user namespace where one of
 * these is new, since only there may the files be mounted on.
 */
export function startBinder(context: Context): Binder | undefined {
  const { s, spec, request } = context;
  const files = persisted(spec);
  if (files.length === 0) return undefined;
  const isAsked = any(...files.map(([, path]) => request.isGiven(path)));
  const moves = any(
    // What is joined may be one of these, too.
    isJoining(context),
    request.includes(spec.namespaces, "mnt"),
    request.includes(spec.namespaces, "user"),
  );
  const isHelped = all(isAsked, moves);
  const gate = makeGate(s, "bind", isHelped);
  const [bound, binder] = [s.variableIf(isHelped, "bound pid"), s.variableIf(isHelped, "binder")];
  s.if(isHelped, () => {
    readOwnPid(s, bound, "whose namespaces are bound");
    const note = "a process that stays in the caller's namespaces, to bind the new ones there";
    startHelper(s, "binder", note, () => {
      awaitGate(s, gate, "wait until the namespaces exist");
      bindAll(context, (file) => textAround(s, "/proc/", bound, `/${file}`), "PID");
      s.exit(0, "exit: the namespaces are bound");
    }, binder);
  });
  return {
    isAsked,
    bind() {
      s.if(isAsked, () => {
        s.if(moves, () => {
          openGate(s, gate, "the namespaces exist: bind them");
          awaitSuccess(s, binder, "the namespaces are bound");
        }, { otherwise: () => bindAll(context, (file) => `/proc/self/${file}`, "self") });
      });
    },
  };
}
