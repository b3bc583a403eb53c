/** A new root while it is made: descriptors that lead there, and the operation that is being done. */
import { F_GETFD, O_CLOEXEC, O_NOFOLLOW, O_PATH } from "../../ffi/abi/fcntl.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Outcome, Outcomes } from "../../engine/builder/calls.ts";
import type { Failure, Hint, Message } from "../../engine/failure.ts";
import { words } from "../../engine/failure.ts";
import { type Field, type Layout, layout, Struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { When } from "../../engine/condition.ts";
import { FEW_FILES } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import { FLAGS, PLACES, WORDS } from "./record.ts";

const WORD_BYTES = 8;

/** A record of record.ts. */
export const RECORD: Layout<typeof WORDS[number]> = layout(
  WORD_BYTES * WORDS.length,
  Object.fromEntries(
    WORDS.map((word, i): [string, Field] => [word, [WORD_BYTES * i, WORD_BYTES]]),
  ) as Record<typeof WORDS[number], Field>,
);

/** What is opened to lead somewhere, and to nothing else. */
export const WAY: number = O_PATH | O_CLOEXEC;
export const WAY_NOT_LINK: number = WAY | O_NOFOLLOW;

/** The directories in the file system that hides the old root. */
export const OLD = "oldroot";
export const NEW = "newroot";

/** Descriptors and what the kernel has: variables of no block, as subroutines use them. */
interface State {
  /** The file system in memory that has the old and the new root in it. */
  readonly base: Variable;
  /** What is on top at the new root. */
  readonly top: Variable;
  /** The working directory of the launch, and its root. */
  readonly folder: Variable;
  readonly outside: Variable;
  /** 1 while this process has gone elsewhere than to `folder`. */
  readonly isAway: Variable;
  /** /proc/self; 0 as long as it is not needed. */
  readonly self: Variable;
  /** 1 where there are open_tree(2) and move_mount(2), mount_setattr(2), openat2(2). */
  readonly hasTrees: Variable;
  readonly hasAttributes: Variable;
  readonly hasOpenat2: Variable;
  /** The directory above the destination, and the destination's name in it. */
  readonly parent: Variable;
  readonly last: Variable;
  /** Of the operation: its number, from 1, and what its record has. */
  readonly number: Variable;
  readonly record: Readonly<Record<typeof WORDS[number], Variable>>;
}

/** For the steps that make a root. */
export interface Root extends Context, State {}

/** Declares it all. Must be called outside of all blocks. */
export function rootOf(context: Context, when: When): Root {
  const { s } = context;
  const declare = (name: string): Variable => s.variableIf(when, name);
  return {
    ...context,
    base: declare("base"),
    top: declare("new root"),
    folder: declare("folder"),
    outside: declare("old root"),
    isAway: declare("is away"),
    self: declare("proc self"),
    hasTrees: declare("has trees"),
    hasAttributes: declare("has attributes"),
    hasOpenat2: declare("has openat2"),
    parent: declare("parent"),
    last: declare("last name").said(),
    number: declare("operation"),
    record: Object.fromEntries(
      WORDS.map((word) => [word, PLACES.includes(word) ? declare(word).said() : declare(word)]),
    ) as State["record"],
  };
}

/** Takes the record at an address for the operation. @param start What its places are counted from. */
export function takeRecord({ s, record, number }: Root, at: Variable, start: Value): void {
  const from = new Struct(s, RECORD, at);
  for (const word of WORDS) record[word].set(from.get(word));
  for (const word of PLACES) record[word].advance(start);
  number.advance();
}

/** Whether a flag of the operation is set. */
export const isSet = ({ record }: Root, flag: keyof typeof FLAGS): When =>
  record.flags.has(FLAGS[flag]);

/** A failure of the operation: which it is, and what it could not do. */
export function cannot(
  { record, number }: Root,
  what: Message,
  hints: readonly Hint[] = [],
): Failure {
  return failed(
    words`operation ${[{ number }]}, ${[{ string: record.name }]}: cannot ${what}`,
    [...hints, FEW_FILES],
  );
}

/** The same about its destination, and what is said behind it. */
export const cannotAt = (
  root: Root,
  what: string,
  hints: readonly Hint[] = [],
  more: Message = "",
): Failure =>
  cannot(root, words`${what} '${[{ string: root.record.given, isPath: true }]}'${more}`, hints);

export function close(s: Builder, fd: Value, note = "it is done"): void {
  s.call("close", [fd], note, { fails: "ignored" });
}

/**
 * Sees to it that the operation's descriptor is one that the launch was given: the number of one that an
 * operation before has closed may be that of something opened here, which is all closed on exec.
 *
 * @param otherwise The block for one that is not: it must end.
 * @see fcntl(2) F_GETFD
 */
export function checkGiven({ s, record, starter }: Root, otherwise: () => void): void {
  const flags = s.call("fcntl", [record.fd, F_GETFD], "is it still the one given?", {
    result: "descriptor flags",
    fails: otherwise,
  });
  // What a Command gives is its process's own, which is closed on exec, too.
  if (!starter.listens) s.if(flags.isNot(0), otherwise);
}

/** Goes to an open directory. Sources are never found from there: see {@linkcode goBack}. */
export function goTo(
  { s, isAway }: Root,
  directory: Value,
  note: string,
  fails: Outcome | Outcomes,
): void {
  isAway.set(1);
  s.call("fchdir", [directory], note, { fails });
}

/** Goes to the launch's working directory: a source may be /proc/self/cwd. */
export function goBack({ s, folder, top, isAway }: Root): void {
  s.if(isAway.is(1), () => {
    isAway.set(0);
    s.call("fchdir", [folder], "where the caller is", {
      // Who may not enter it any more is nowhere outside.
      fails: () => s.call("fchdir", [top], "where nothing of the outside is", { fails: "ignored" }),
    });
  });
}

/** Opens what is on top at a name of a directory. */
export function openTop(root: Root, folder: Value, name: Value, result = "mounted"): Variable {
  return root.s.call("openat", [folder, name, WAY_NOT_LINK, 0], "what is on top there", {
    result,
    fails: cannotAt(root, "open"),
  });
}

/** Goes on with what was mounted on the root itself, if that was the destination. */
export function followRoot(root: Root): void {
  const { s, top, base } = root;
  s.if(isSet(root, "root"), () => {
    close(s, top);
    top.set(openTop(root, base, NEW, "new root"));
  }, { when: "if it is the root" });
}
