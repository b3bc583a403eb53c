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

/** For filters that the kernel refuses. */
const NO_FILTER =
  "Unable to set up system call filtering as requested: prctl(PR_SET_SECCOMP) reported EINVAL. " +
  "(Hint: this requires a kernel configured with CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER.)";

/** Where a value stands in a message. */
const VALUE = "%";

/**
 * What bubblewrap says, by what nido says. Programs look for these. A number is that of a value in
 * nido's message, from 0.
 */
const SAYINGS: Readonly<Record<string, readonly (string | number)[]>> = {
  "failed to execute %": ["execvp ", 0],
  "setuid use is not supported": ["setuid use of bubblewrap is not supported"],
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
  "cannot write to descriptor %": ["Write to info_fd"],
  "cannot read a filter from descriptor %": ["Can't read seccomp data"],
  "cannot set a filter of system calls": ["prctl(PR_SET_SECCOMP)"],
  "write failed /proc/self/uid_map": ["setting up uid map"],
  "write failed /proc/self/gid_map": ["setting up gid map"],
  "write failed /proc/self/setgroups": ["error writing to setgroups"],
  "socket failed": ["loopback: Failed to create NETLINK_ROUTE socket"],
  "cannot set lo up": ["loopback: Failed RTM_NEWADDR"],
  "sethostname % failed": ["Can't set hostname to ", 0],
  "cannot change directory to %": ["Can't chdir to ", 0],
  "cannot make the new root": ["Creating newroot failed"],
  "operation %, %: cannot open source '%'": ["Can't find source path ", 2],
  "operation %, %: cannot find what descriptor % is of": [
    "Can't find source path /proc/self/fd/",
    2,
  ],
  "operation %, %: cannot create '%'": ["Can't create file ", 2],
  "operation %, %: cannot create a directory above '%'": ["Can't mkdir parents for ", 2],
  "operation %, %: cannot work on '%'": ["Can't mount on symlink destination ", 2],
  "operation %, %: cannot mount on '%'": ["Can't bind mount on ", 2],
  "operation %, %: cannot make a link of '%'": ["Can't make symlink at ", 2],
  "operation %, %: cannot change the mode of '%' to %": ["Can't chmod ", 3, " ", 2],
  "operation %, %: cannot open '%'": ["Can't open ", 2],
  "operation %, %: cannot set attributes of '%'": ["Can't remount readonly on ", 2],
  "operation %, %: cannot write '%'": ["Can't write data to file ", 2],
  "operation %, %: cannot write '%' with what descriptor % has": ["Can't write data to file ", 2],
  "operation %, %: cannot mount a proc on '%'": ["Can't mount proc on ", 2],
  "operation %, %: cannot mount a tmpfs on '%'": ["Can't mount tmpfs on ", 2],
  "operation %, %: cannot mount a mqueue on '%'": ["Can't mount mqueue on ", 2],
  "operation %, %: cannot mount a devpts on '%'": ["Can't mount devpts on ", 2, "/pts"],
  "operation %, %: cannot mount an overlay on '%'": ["Can't make overlay mount on ", 2],
};

/** Those that say what the error is. */
const WHOLE_SAYINGS: typeof SAYINGS = {
  "unshare failed: ENOSPC": [
    "Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)",
  ],
  "unshare failed: EPERM": [
    "No permissions to create a new namespace, likely because the kernel does not allow non-privileged " +
    "user namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.",
  ],
  "unshare failed: EINVAL": [
    "Creating new namespace failed, likely because the kernel does not support user namespaces.",
  ],
  "what descriptor % has is no filter: not a multiple of 8 bytes": [
    "Invalid seccomp data, must be multiple of 8",
  ],
  "what descriptor % has is no filter: more than % instructions": [NO_FILTER],
  "cannot set a filter of system calls: it is no program": [NO_FILTER],
  "cannot join what descriptor % has as user namespace": [
    "Joining the specified user namespace failed, it might not be a descendant of the current " +
    "user namespace.",
  ],
  "operation %, %: cannot make a link of '%', which leads to %": [
    "Can't make symlink at ",
    2,
    ": existing destination is ",
    3,
  ],
  "operation %, %: cannot make a link of '%', which is something else": [
    "Can't make symlink at ",
    2,
    ": destination exists and is not a symlink",
  ],
  "operation %, %: cannot make a link of '%', which cannot be read": [
    "Can't make symlink at ",
    2,
    ": destination exists, and cannot read symlink target",
  ],
  "operation %, %: cannot use '%', which is no directory": ["Destination is not a directory ", 2],
  "operation %, %: cannot use '%', which is a directory": ["Destination is not a file ", 2],
};

/** A message with its values left out, and these. */
function saidIn(
  { message, error }: Failure,
): { readonly text: string; readonly values: readonly Part[] } {
  const values: Part[] = [];
  const text = partsOf(message).map((part) => {
    if (typeof part === "string") return part.replace(/\d+$/, VALUE);
    values.push(part);
    return VALUE;
  });
  return { text: text.join("") + (error === undefined ? "" : `: ${error}`), values };
}

const sayingIn = (sayings: typeof SAYINGS, text: string) =>
  Object.hasOwn(sayings, text) ? sayings[text] : undefined;

/** In bubblewrap's words, where it has some. */
function bubblewraps(failure: Failure): Message {
  const { text, values } = saidIn(failure);
  const saying = sayingIn(SAYINGS, text) ?? sayingIn(WHOLE_SAYINGS, text);
  return saying?.map((part) => typeof part === "number" ? values[part]! : part) ?? failure.message;
}

/** In bubblewrap's words, for programs that look for them. */
export const BWRAP_WORDS: FrontEnd = {
  words: wordsOf,
  message: bubblewraps,
  errors: { "unshare failed": ["ENOSPC", "EPERM", "EINVAL"] },
  isWhole: (failure) => sayingIn(WHOLE_SAYINGS, saidIn(failure).text) !== undefined,
  status: () => 1,
  isTerse: true,
};
