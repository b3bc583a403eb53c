/** Namespaces of which only the run knows whether they are created, and what depends on them. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { flagsOf, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { F_OK } from "../../ffi/abi/stat.ts";
import { NUL } from "../../engine/characters.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { words } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import { findUser } from "../ids/account.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import { type Asked, type Given, WORDS } from "../request.ts";

/** What tells that there may be no user namespaces, by the first bytes in it. */
const SWITCHES = {
  "/proc/sys/user/max_user_namespaces": "0\n",
  "/sys/module/user_namespace/parameters/enable": "N",
} as const;

/** More bytes than are looked at. */
const FEW_BYTES = 8;

/**
 * Whether `rootless` is asked for by who is not root, and so needs a user namespace that nothing else asks for.
 * Of whoever has the rights of a setuid file it is refused: as root inside they would have them for good.
 */
export function isRootless({ s, spec, request }: Asked): When {
  const isGiven = request.isGiven(spec.rootless);
  const uid = s.variableIf(isGiven, "caller's uid");
  s.if(isGiven, () => {
    s.call("getuid", [], "root needs no user namespace", { result: uid, fails: "ignored" });
    s.if(findUser(s).isNot(uid), () => s.fail(failed("setuid use is not supported")));
  });
  return all(isGiven, not(request.includes(spec.namespaces, "user")), uid.isNot(0));
}

/**
 * What is asked for as it is here: what may be created is a parameter from then on.
 *
 * @param wantsUser As of isRootless().
 */
export function settle<A extends Asked>(asked: A, wantsUser: When): A {
  const { s, spec, request } = asked;
  const isTried = (type: NamespaceType): When => request.includes(spec.tryNamespaces ?? [], type);
  const mayBe = (["user", "cgroup"] as const).filter((type) =>
    request.includes(spec.namespaces, type) !== true &&
    any(isTried(type), type === "user" && wantsUser) !== false
  );
  if (mayBe.length === 0) return asked;
  const flags = s.variable("new namespaces", request.flags(spec.namespaces)).said();
  const has = (type: NamespaceType): When => flags.has(flagsOf([type]));
  const add = (type: NamespaceType) => (): void => flags.set(flags.or(flagsOf([type])));
  if (mayBe.includes("user")) {
    s.if(all(wantsUser, not(joinsUser(asked))), add("user"));
    s.if(all(isTried("user"), not(has("user"))), () => ifPossible(asked, "user", add("user")));
  }
  s.if(isTried("cgroup"), () => ifPossible(asked, "cgroup", add("cgroup")));
  const ids = mayBe.includes("user") ? settledIds(asked, has("user")) : {};
  const given: Given = {
    isGiven: true,
    value: flags,
    ...isParameter(spec.namespaces)
      ? {}
      : { has: spec.namespaces, mayHave: [...mayBe, ...spec.namespaces] },
  };
  const settled = { namespaces: given, ...ids };
  const names = Object.keys(settled).map((name) => [name, { parameter: `settled ${name}` }]);
  return {
    ...asked,
    spec: { ...spec, ...Object.fromEntries(names) },
    request: request.with(settled),
  };
}

/** Whether the launch joins a user namespace, and so needs none of its own. */
const joinsUser = ({ spec: { join }, request }: Asked): When =>
  request.isGiven(join?.descriptors?.user);

/** Runs a block if there can be such namespaces here. */
function ifPossible({ s }: Asked, type: "user" | "cgroup", body: () => void): void {
  s.block(({ leave }) => {
    const note = `are there ${type} namespaces?`;
    s.call("faccessat", [AT_FDCWD, `/proc/self/ns/${type}`, F_OK], note, { fails: leave });
    if (type === "user") {
      for (const [path, off] of Object.entries(SWITCHES)) {
        s.if(beginsWith(s, path, off), leave);
      }
    }
    body();
  });
}

/** Whether a file begins with these bytes. It need not be there. */
function beginsWith(s: Asked["s"], path: string, start: string): When {
  const found = s.variable("is switched off", 0);
  s.block(({ leave }) => {
    const file = s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], "may they be?", {
      result: "file",
      fails: leave,
    });
    const content = s.memory("first bytes", FEW_BYTES);
    s.store(content, NUL, { bytes: 1 });
    s.call("read", [file, content, FEW_BYTES], "may they be?", { fails: "ignored" });
    s.call("close", [file], "that is all", { fails: "ignored" });
    s.if(content.isSame(start, start.length), () => found.set(1));
  });
  return found.is(1);
}

/** The caller's ids inside, which are mapped only if there is a new user namespace. */
function settledIds(asked: Asked, isNew: When): Readonly<Record<string, Given>> {
  const ids = [["mapUser", "uid", "getuid"], ["mapGroup", "gid", "getgid"]] as const;
  return Object.fromEntries(ids.flatMap(([name, kind, call]): [string, Given][] => {
    const { s, spec, request } = asked;
    const inner = spec[name];
    if (inner === undefined || typeof inner === "object" && !isParameter(inner)) return [];
    const isAsked = request.isGiven(inner);
    const value = s.variable(`asked ${kind}`, WORDS.current);
    s.if(isAsked, () => value.set(valueOf(asked, inner)));
    s.if(all(not(isNew), not(joinsUser(asked)), value.isNot(WORDS.current)), () => {
      const own = s.call(call, [], "without a user namespace it stays as it is", {
        result: `own ${kind}`,
        fails: "ignored",
      });
      const what = kind === "uid" ? "user" : "group";
      s.if(not(own.is(value)), () => {
        request.warn?.();
        s.fail(failed(words`another ${what} id needs a new user namespace`));
      });
    });
    return [[name, { isGiven: all(isAsked, isNew), value }]];
  }));
}

const valueOf = ({ request }: Asked, inner: number | "current" | Parameter): number | Variable =>
  inner === "current" ? WORDS.current : request.value(inner) as number | Variable;
