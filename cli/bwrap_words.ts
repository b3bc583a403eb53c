/** The words of bwrap and run: for options in messages, and bubblewrap's own for what it says. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import {
  type Failure,
  type FrontEnd,
  type Message,
  type Part,
  partsOf,
  type Term,
} from "../engine/failure.ts";
import type { OptionTerm } from "../launch/option.ts";
import { OPTION_WORDS } from "./option_words.ts";

const TYPES: Readonly<Record<NamespaceType, string>> = {
  cgroup: "--unshare-cgroup",
  ipc: "--unshare-ipc",
  mnt: "--bind / /",
  net: "--unshare-net",
  pid: "--unshare-pid",
  time: "nido unshare --time",
  user: "--unshare-user",
  uts: "--unshare-uts",
};

/** Options that are called otherwise here. */
const OPTIONS: Readonly<Record<string, string>> = {
  "root inside": "--unshare-user --uid 0 --gid 0",
  mapRootUser: "--unshare-user --uid 0 --gid 0",
  mapCurrentUser: "--unshare-user",
  ...Object.fromEntries(
    Object.entries(TYPES).map(([type, option]) => [`namespaces.${type}`, option]),
  ),
};

function wordsOf(term: Term): Message {
  const { term: name } = term as OptionTerm;
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name]! : OPTION_WORDS.words(term);
}

/** The exit status of a failure of nido's own, where those of programs are passed on. */
const EXIT_OWN = 125;

/** In nido's own words. */
export const RUN_WORDS: FrontEnd = {
  words: wordsOf,
  status: (usual) => usual === 1 ? EXIT_OWN : usual,
};

/** Where a value stands in a message. */
const VALUE = "%";

/**
 * What bubblewrap says, by what nido says. Programs look for these. A number is that of a value in
 * nido's message, from 0.
 */
const SAYINGS: Readonly<Record<string, readonly (string | number)[]>> = {
  "failed to execute %": ["execvp ", 0],
  "unshare failed": ["Creating new namespace failed"],
  "another user id needs a new user namespace": [
    "Specifying --uid requires --unshare-user or --userns",
  ],
  "another group id needs a new user namespace": [
    "Specifying --gid requires --unshare-user or --userns",
  ],
  "cannot join the user namespace of descriptor %": ["Joining specified user namespace failed"],
  "cannot join the pid namespace of descriptor %": ["Setting pidns failed"],
  "cannot open the file to lock %": ["Unable to open lock file ", 0],
  "cannot lock %": ["Unable to lock file ", 0],
  "cannot read a filter from descriptor %": ["Can't read seccomp data"],
  "cannot set a filter of system calls": ["prctl(PR_SET_SECCOMP)"],
  "sethostname % failed": ["Can't set hostname to ", 0],
  "cannot change directory to %": ["Can't chdir to ", 0],
  "operation %, %: cannot open source '%'": ["Can't find source path ", 2],
  "operation %, %: cannot find what descriptor % is of": [
    "Can't find source path /proc/self/fd/",
    2,
  ],
  "operation %, %: cannot create '/%'": ["Can't create file /", 2],
  "operation %, %: cannot create a directory above '/%'": ["Can't mkdir parents for /", 2],
  "operation %, %: cannot work on '/%'": ["Can't mount on symlink destination /", 2],
  "operation %, %: cannot mount on '/%'": ["Can't bind mount on /", 2],
  "operation %, %: cannot make a link of '/%'": ["Can't make symlink at /", 2],
  "operation %, %: cannot change the mode of '/%'": ["Can't chmod /", 2],
  "operation %, %: cannot open '/%'": ["Can't open /", 2],
  "operation %, %: cannot set attributes of '/%'": ["Can't remount readonly on /", 2],
  "operation %, %: cannot write '/%'": ["Can't write data to file /", 2],
  "operation %, %: cannot mount a proc on '/%'": ["Can't mount proc on /", 2],
  "operation %, %: cannot mount a tmpfs on '/%'": ["Can't mount tmpfs on /", 2],
  "operation %, %: cannot mount a mqueue on '/%'": ["Can't mount mqueue on /", 2],
  "operation %, %: cannot mount a devpts on '/%'": ["Can't mount devpts on /", 2, "/pts"],
  "operation %, %: cannot mount an overlay on '/%'": ["Can't make overlay mount on /", 2],
};

/** A message with its values left out, and these. */
function saidIn(message: Message): { readonly text: string; readonly values: readonly Part[] } {
  const values: Part[] = [];
  const text = partsOf(message).map((part) => {
    if (typeof part === "string") return part.replace(/\d+$/, VALUE);
    values.push(part);
    return VALUE;
  });
  return { text: text.join(""), values };
}

/** In bubblewrap's words, where it has some. */
function bubblewraps({ message }: Failure): Message {
  const { text, values } = saidIn(message);
  const saying = Object.hasOwn(SAYINGS, text) ? SAYINGS[text]! : undefined;
  return saying?.map((part) => typeof part === "number" ? values[part]! : part) ?? message;
}

/** In bubblewrap's words, for programs that look for them. */
export const BWRAP_WORDS: FrontEnd = {
  words: wordsOf,
  message: bubblewraps,
  status: () => 1,
  isTerse: true,
};
