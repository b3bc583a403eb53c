/**
 * A user namespace in the new one: where root must be mapped while the root is made, and the program is to
 * be somebody else; and where no other may be made inside, which who is in it cannot undo.
 *
 * @see user_namespaces(7), namespaces(7), "/proc/sys/user"
 */
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../../ffi/abi/fcntl.ts";
import { CLONE_NEWUSER } from "../../ffi/abi/sched.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import { NO_PROC } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import { knownTypes, unshareHints } from "../namespaces/hints.ts";
import { hasDevices } from "../root/has_devices.ts";
import type { FoundMap, Ids } from "./caller.ts";
import type { OwnPair } from "./id_map.ts";
import { writeFile, writeOwnId } from "./steps.ts";

/** What limits the user namespaces of the one that this process is in, and those below, together. */
const LIMIT = "sys/user/max_user_namespaces";

/** The user namespace in the new one, if there is to be one. */
export interface Nested {
  readonly isAsked: When;
  /** Who the caller is in the new one. */
  readonly first: Ids;
  /** Before the root is another. */
  prepare(): void;
  /** When all is made that only root may make. */
  enter(): void;
}

/** The user or group in both. */
interface Pair {
  readonly kind: "uid" | "gid";
  /** Inside, and in between. */
  readonly own: OwnPair;
  readonly first: Variable | number;
}

export function nestedOf(context: Context): Nested {
  const { s, spec, request, ids } = context;
  const isNew = all(
    request.includes(spec.namespaces, "user"),
    not(request.isGiven(spec.usernsBlockFd)),
  );
  const makesDevices = all(isNew, hasDevices(context));
  const maps = (["uid", "gid"] as const).flatMap((kind) => {
    const { own, isSingle = false } = ids[kind] ?? {};
    return own && isSingle !== false ? [{ kind, own, isSingle }] : [];
  });
  const isOther = any(
    ...maps.map(({ own: { inner }, isSingle }) =>
      all(isSingle, typeof inner === "number" ? inner !== 0 : inner.isNot(0))
    ),
  );
  const needsRoot = all(makesDevices, isOther);
  const isAsked = any(needsRoot, all(isNew, request.isGiven(spec.disableUserns)));
  if (isAsked === false) {
    return { isAsked, first: ids, prepare() {}, enter: () => assertDisabled(context) };
  }
  const pairs = maps.map(({ kind, own }): Pair => {
    const first = needsRoot === true
      ? 0
      : needsRoot === false
      ? own.inner
      : s.variable("first id", own.inner);
    if (typeof first !== "number" && first !== own.inner) s.if(needsRoot, () => first.set(0));
    return { kind, own, first };
  });
  const proc = s.variableIf(isAsked, "proc");
  const firstOf = (kind: "uid" | "gid"): Partial<Record<"uid" | "gid", FoundMap>> => {
    const pair = pairs.find((one) => one.kind === kind);
    return pair ? { [kind]: { ...ids[kind]!, own: { ...pair.own, inner: pair.first } } } : {};
  };
  return {
    isAsked,
    first: { ...ids, ...firstOf("uid"), ...firstOf("gid") },
    prepare() {
      s.if(isAsked, () => {
        s.call(
          "openat",
          [AT_FDCWD, "/proc", O_PATH | O_CLOEXEC, 0],
          "to write maps in the new root",
          {
            result: proc,
            fails: failed("cannot open /proc", NO_PROC),
          },
        );
      });
    },
    enter() {
      s.if(isAsked, () => {
        s.if(request.isGiven(spec.disableUserns), () => {
          writeFile(context, [proc, LIMIT], "1", {
            length: 1,
            note: "one more user namespace, and no other",
            shown: `/proc/${LIMIT}`,
          });
        });
        s.call("unshare", [CLONE_NEWUSER], "the program's user namespace, in the new one", {
          fails: failed("unshare failed", unshareHints(knownTypes(["user"]))),
        });
        for (const { kind, own, first } of pairs) {
          const outer = typeof first === "number" ? s.variable("id in between", first) : first;
          const inProc = { ...context, held: { ...context.held, proc } };
          s.if(own.isGiven, () => writeOwnId(inProc, kind, { ...own, outer }));
        }
        s.call("close", [proc], "nothing leads there any more", { fails: "ignored" });
      });
      assertDisabled(context);
    },
  };
}

/** Sees to it that there can be no other user namespace. */
function assertDisabled({ s, spec, request }: Context): void {
  s.if(any(request.isGiven(spec.disableUserns), request.isGiven(spec.assertUsernsDisabled)), () => {
    s.block((refused) => {
      s.call("unshare", [CLONE_NEWUSER], "is another user namespace refused?", {
        fails: refused.leave,
      });
      s.fail(failed("creation of new user namespaces was not disabled as requested"));
    });
  });
}
