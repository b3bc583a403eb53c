/** Why a process cannot be started. */
import { E2BIG, EACCES, EAGAIN, ENOENT, ENOMEM, ETXTBSY } from "../../ffi/abi/errno.ts";
import {
  FOUND,
  type Hint,
  type Look,
  type Message,
  type Part,
  words,
} from "../../engine/failure.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { lacks } from "../../engine/looks.ts";
import { option, withLetter } from "../option.ts";
import { type Asked, hintsIf } from "../request.ts";
import { ifJoins, isOneOfAll, mayJoin } from "../join/asked.ts";
import { SELINUX } from "../causes.ts";

/** fork(2): what the walkthrough calls the trap. */
export function forkHints(asked?: Asked): Hint[] {
  const dead = (remedy: Message): Hint => ({
    errno: [ENOMEM],
    look: [lacks("/proc/meminfo", "MemAvailable:          0 kB")],
    why: "the first process of the PID namespace has ended, and no other can be started in it",
    remedy,
  });
  const ofNew = [dead(words`create the PID namespace with ${option("fork", "true")}`)];
  const ofJoined = [dead("enter another one: this one stays dead")];
  return [
    ...asked ? ifJoins(asked, { joins: ofJoined, not: ofNew }) : ofNew,
    {
      errno: [EAGAIN],
      why: "a limit of processes is reached: RLIMIT_NPROC, or pids.max of the cgroup",
      remedy: "look which: ulimit -u; cat /sys/fs/cgroup/pids.max",
    },
  ];
}

/** A program that is to be executed. */
export interface Program {
  /** The root that it is in, if that is new. */
  readonly root?: Part;
  /** As messages call it. */
  readonly shown: Message;
  /** Its path or name as a word for a shell. */
  readonly word: Message;
  /** Where it is searched: "PATH", "the target's PATH"; undefined if it is a path. */
  readonly searched?: string;
  /** The look for a cause. */
  readonly sees: (cause: ExecCause) => Look;
}

/** Causes for which a program is not executed. Which it is, steps find out: exec_cause.ts. */
export const EXEC_CAUSES = [
  "absent",
  "folder above it",
  "directory",
  "special file",
  "noexec",
  "mode",
  "mode, no program",
  "carriage return",
  "script",
  "ELF",
  "other",
] as const;

export type ExecCause = typeof EXEC_CAUSES[number];

/** execve(2). */
export function execHints(asked: Asked, program: Program): readonly Hint[] {
  const { s, spec, request } = asked;
  const hasRoot = any(request.isGiven(spec.root), request.isGiven(spec.newRoot));
  const elsewhere = isElsewhere(asked);
  const hintsIn = (root: Root) => () => hintsFor(asked, program, root);
  return [
    ...hintsIf(s, hasRoot, "a new root", hintsIn("new")),
    ...hintsIf(s, all(not(hasRoot), elsewhere), "a root that is joined", hintsIn("joined")),
    ...hintsIf(s, not(any(hasRoot, elsewhere)), "no new root", hintsIn("own")),
  ];
}

/** In which root a program is: a new one, that of who is joined, or the caller's. */
type Root = "new" | "joined" | "own";

function hintsFor(asked: Asked, program: Program, root: Root): readonly Hint[] {
  const { shown, searched, sees } = program;
  const it = searched === undefined ? shown : words`${shown}, in folder ${FOUND} of ${searched},`;
  const word = pathWord(program);
  const cause = (errno: number, of: ExecCause, why: Message, remedy?: Message): Hint => ({
    errno: [errno],
    look: [sees(of)],
    why,
    ...(remedy === undefined ? {} : { remedy }),
  });
  const inRoot = root === "new" ? "put that and its libraries into the new root too" : undefined;
  // A command would work on the caller's file of that name, or on what others control.
  const here = (command: Message): Message =>
    root !== "own" ? "name another program, or have that one mended from within its root" : command;
  return [
    cause(
      ENOENT,
      "carriage return",
      words`the first line of ${it} ends with a carriage return, as on Windows, which is taken for part of the interpreter's name`,
      here(words`sed -i 's/\\r$//' ${word}`),
    ),
    cause(
      ENOENT,
      "script",
      words`${it} exists, but the interpreter that its first line names does not`,
      inRoot ?? here(words`look which, and install it: head -n 1 ${word}`),
    ),
    cause(
      ENOENT,
      "ELF",
      root === "new"
        ? words`${it} exists, but the loader that its ELF header names is not in the new root`
        : words`${it} exists, but the loader that its ELF header names does not: it is for another C library or processor`,
      inRoot ?? here(words`look which, and install it: readelf -l ${word} | grep interpreter`),
    ),
    ...missing(asked, program, root),
    cause(EACCES, "directory", words`${it} is a directory`, "name a program in it"),
    cause(EACCES, "special file", words`${it} is no regular file`, "name another program"),
    cause(
      EACCES,
      "noexec",
      words`${it} is on a file system that is mounted noexec`,
      here(
        words`mount -o remount,bind,exec "$(stat -c %m ${word})", as root; or copy it elsewhere`,
      ),
    ),
    cause(
      EACCES,
      "mode",
      words`the mode of ${it} does not let this user execute it`,
      here(words`chmod a+x ${word}, as its owner`),
    ),
    cause(
      EACCES,
      "mode, no program",
      words`${it} is not executable, and begins as no program does`,
      words`if it is a script: sh ${word}`,
    ),
    cause(
      EACCES,
      "script",
      words`the interpreter that the first line of ${it} names may not be executed`,
      here(words`look which: head -n 1 ${word}`),
    ),
    searched === undefined
      ? cause(
        EACCES,
        "folder above it",
        words`this user may not go through all folders above ${shown}`,
        here(words`look which: namei -l ${word}`),
      )
      : cause(
        EACCES,
        "folder above it",
        words`${shown} is in no folder of ${searched} that this user may look into, and there are others`,
        "leave those out of PATH, and see that the program is installed",
      ),
    { ...SELINUX, why: "SELinux is enforcing, and may have a rule against it" },
    {
      errno: [ETXTBSY],
      why: "somebody has it open for writing",
      remedy: here(words`look who: fuser -v ${word}`),
    },
    {
      errno: [E2BIG],
      why: "arguments and environment together are too large",
      remedy: "look what both may have: getconf ARG_MAX; and one argument may have 128 KiB",
    },
  ];
}

/** Whether the program is in the root of who is joined. */
const isElsewhere = (asked: Asked): When =>
  any(mayJoin(asked, "mnt"), asked.request.isGiven(asked.spec.join?.root));

/** Its path as a word for a shell, where that finds it. */
function pathWord({ word, searched }: Program): Message {
  return searched === "PATH" ? words`"$(echo "$PATH" | cut -d: -f${FOUND})"/${word}` : word;
}

/** It is not there: said where it is looked for in another root than the caller's. */
function missing(
  asked: Asked,
  { root: named, shown, searched, sees }: Program,
  where: Root,
): readonly Hint[] {
  const { s, spec: { join, program, root }, request } = asked;
  const hint = (why: Message, remedy: Message): Hint[] => [
    { errno: [ENOENT], look: [sees("absent")], why, remedy },
  ];
  const what = searched === undefined
    ? words`${shown} is not`
    : words`${shown} is in no folder of ${searched}`;
  if (where === "new") {
    const remedy = "put it and its libraries there, or name a program that is there";
    const isNamed = named !== undefined && request.isGiven(root);
    return [
      ...hintsIf(
        s,
        isNamed,
        "its root is named",
        () => hint(words`${what} in the new root, ${named!}`, remedy),
      ),
      ...hintsIf(
        s,
        not(isNamed),
        "its root is made",
        () => hint(words`${what} in the new root`, remedy),
      ),
    ];
  }
  if (where === "own") return [];
  const hasTarget = request.isGiven(join!.target);
  const isNamed = request.isGiven(program);
  const addsEnv = all(searched === "PATH", hasTarget, not(request.isGiven(join!.env)));
  const inRoot = (there: string) => (): readonly Hint[] => [
    ...hintsIf(
      s,
      not(isNamed),
      "no program is named",
      () =>
        hint(
          words`${shown}, the shell of who enters, is not in ${there}`,
          "name a program that is there: /bin/sh",
        ),
    ),
    ...hintsIf(s, isNamed, "a program is named", () =>
      waysToOwn(asked, (own) => [
        ...hintsIf(s, addsEnv, "the target's variables are not asked for", () =>
          hint(
            words`${what} in ${there}`,
            words`add ${withLetter("join.env")}, for the target's PATH; or ${own}`,
          )),
        ...hintsIf(s, not(addsEnv), "its variables are, or there is none", () =>
          hint(words`${what} in ${there}`, own)),
      ])),
  ];
  return [
    ...hintsIf(s, hasTarget, "has a target", inRoot("the target's root")),
    ...hintsIf(s, not(hasTarget), "has no target", inRoot("the root of what is joined")),
  ];
}

/** Hints with what is to be left out, so that the caller's own programs are run. */
function waysToOwn(asked: Asked, hintsFor: (own: Message) => readonly Hint[]): readonly Hint[] {
  const { s, spec: { join }, request } = asked;
  const hasRoot = request.isGiven(join!.root);
  const isAll = isOneOfAll(asked, "mnt");
  const ways = [
    [hasRoot, "a root of the target's", words`${option("without join.root")}`],
    [
      all(not(hasRoot), isAll),
      "its mount namespace as one of all",
      words`name the types instead of ${withLetter("join.all")}, without ${
        option("join.namespaces.mnt")
      },`,
    ],
    [
      not(any(hasRoot, isAll)),
      "its mount namespace",
      words`leave ${withLetter("join.namespaces.mnt")} out`,
    ],
  ] as const;
  return ways.flatMap(([when, name, without]) =>
    hintsIf(s, when, name, () => hintsFor(words`${without} to use the caller's own programs`))
  );
}
