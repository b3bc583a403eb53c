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
import { option } from "../option.ts";
import { type Asked, hintsIf } from "../request.ts";
import { ifJoins, mayJoin } from "../join/asked.ts";
import { NO_FORK, SELINUX } from "../causes.ts";
import { missing } from "./missing_hints.ts";

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
    NO_FORK,
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
export type Root = "new" | "joined" | "own";

/** How hints speak of a program. */
interface Wording {
  readonly it: Message;
  readonly word: Message;
  /** The remedy for what is missing beside it, in a new root. */
  readonly inRoot: Message | undefined;
  /** A command for the caller's own root alone. */
  readonly here: (command: Message) => Message;
  readonly cause: (errno: number, of: ExecCause, why: Message, remedy?: Message) => Hint;
}

function wordingOf(program: Program, root: Root): Wording {
  const { shown, searched, sees } = program;
  const it = searched === undefined ? shown : words`${shown}, in folder ${FOUND} of ${searched},`;
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
  return { it, word: pathWord(program), inRoot, here, cause };
}

function hintsFor(asked: Asked, program: Program, root: Root): readonly Hint[] {
  const wording = wordingOf(program, root);
  const { word, here } = wording;
  return [
    ...incomplete(root, wording),
    ...missing(asked, program, root),
    ...forbidden(program, wording),
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

/** It is there, and what is to interpret or load it is not. */
function incomplete(root: Root, { it, word, inRoot, here, cause }: Wording): readonly Hint[] {
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
  ];
}

/** It is there, and may not be executed. */
function forbidden(
  { shown, searched }: Program,
  { it, word, here, cause }: Wording,
): readonly Hint[] {
  return [
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
  ];
}

/** Whether the program is in the root of who is joined. */
const isElsewhere = (asked: Asked): When =>
  any(mayJoin(asked, "mnt"), asked.request.isGiven(asked.spec.join?.root));

/** Its path as a word for a shell, where that finds it. */
function pathWord({ word, searched }: Program): Message {
  return searched === "PATH" ? words`"$(echo "$PATH" | cut -d: -f${FOUND})"/${word}` : word;
}
