/** Why the file of a namespace, or a namespace by its id, cannot be opened or joined. */
import { CAP_DAC_READ_SEARCH } from "../../ffi/abi/capability.ts";
import { EBADF, EINVAL, ENOENT, ESTALE } from "../../ffi/abi/errno.ts";
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import {
  FOUND,
  FOUND_NAME,
  type Hint,
  type Look,
  type Message,
  type Part,
  words,
} from "../../engine/failure.ts";
import { FEW_FILES, forRoot, isBefore, REFUSED, withCapability } from "../causes.ts";
import { option, together } from "../option.ts";

/** A file that is named as a namespace. */
export interface NamedFile {
  /** In messages. */
  readonly shown: Part;
  /** As a word for a shell: as it is, and as mounts have it. */
  readonly word: Message;
  readonly seenWord: Message;
  /** The hints for a number where a file is meant. */
  ifNumber(hint: Hint): Hint[];
  /** The hints for a name that ip-netns(8) knows. `of` gets the file that is meant. */
  ifNetns(of: (word: Message) => Hint): Hint[];
  /** The hints for a folder, with that of a process where it is one, or the one for namespaces in it. */
  ifFolder(hint: (process: Message | undefined) => Hint): Hint[];
  /** A process has it as a namespace in another mount namespace: finds its PID. */
  readonly isElsewhere: Look;
}

/** A file of a namespace that is one only in another mount namespace. */
function elsewhereHint(
  errno: number,
  type: NamespaceType,
  { shown, seenWord, isElsewhere }: NamedFile,
): Hint {
  const there = words`/proc/${FOUND}/root${seenWord}`;
  return {
    errno: [errno],
    look: [isElsewhere],
    why:
      words`${shown} is a namespace in another mount namespace, that of process ${FOUND}, and not here`,
    remedy: words`name it as seen from here: ${option(`join.files.${type}`, there)}`,
  };
}

/** Opening a file that is to be a namespace. */
export function fileHints(type: NamespaceType, file: NamedFile): Hint[] {
  const { shown } = file;
  const files = option(`join.files.${type}`);
  return [
    ...file.ifNumber({
      errno: [ENOENT],
      why: words`${shown} is a number, and what follows ${files} is a file`,
      remedy: words`if it is a process: ${
        together(option("join.target", [shown], "letter"), option(`join.namespaces.${type}`))
      }`,
    }),
    ...(type === "net"
      ? file.ifNetns((netns) => ({
        errno: [ENOENT],
        why: words`${shown} is a name that ip-netns(8) knows, and what follows ${files} is a file`,
        remedy: [option(`join.files.${type}`, netns)],
      }))
      : []),
    elsewhereHint(ENOENT, type, file),
    {
      errno: [ENOENT],
      why: `the ${type} namespace's file is not there`,
      remedy: "list the files that namespaces are bound to: nido lsns -o TYPE,NS,NSFS",
    },
    FEW_FILES,
    ...forRoot({ errno: REFUSED, why: "this user may not open it" }, {
      root: withCapability(CAP_DAC_READ_SEARCH),
      others: "run as root",
    }),
  ];
}

/** Joining what a file is: a folder may stand in its place, or it is a namespace elsewhere. */
export function noNamespaceHints(type: NamespaceType, file: NamedFile): Hint[] {
  return [
    ...file.ifFolder((process) => ({
      errno: [EINVAL],
      why: words`${file.shown} is a directory, and no file of a namespace`,
      remedy: process === undefined
        ? words`look, and name a file in it: ls ${file.word}`
        : [option(`join.files.${type}`, words`${process}/ns/${type}`)],
    })),
    elsewhereHint(EINVAL, type, file),
  ];
}

/** open_by_handle_at(2). */
export function idOfNamespaceHints(id: Part): Hint[] {
  return [
    {
      errno: [ESTALE, EINVAL, EBADF],
      look: [isBefore(6, 19)],
      why: words`this is Linux ${FOUND_NAME}, and namespaces are found by their ids since 6.19`,
      remedy: words`name a process that is in it (${option("join.target")}), or its file`,
    },
    {
      errno: [ESTALE],
      why: words`there is no namespace with id ${id}, or none that the caller may see`,
      remedy: "list those there are: nido lsns",
    },
  ];
}
