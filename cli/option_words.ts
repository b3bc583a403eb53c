/** The command line's words for options, as messages name them. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { type FrontEnd, type Message, words } from "../engine/failure.ts";
import type { OptionName, OptionTerm } from "../launch/option.ts";

/** An option: its long name, its letter, and how its value follows. */
type Words = readonly [long: string, letter?: string | undefined, value?: "=" | " "];

type Types = `${"namespaces" | "join.namespaces" | "join.files"}.${NamespaceType}`;

const TYPES: Readonly<Record<NamespaceType, Words>> = {
  cgroup: ["--cgroup", "-C"],
  ipc: ["--ipc", "-i"],
  mnt: ["--mount", "-m"],
  net: ["--net", "-n"],
  pid: ["--pid", "-p"],
  time: ["--time", "-T"],
  user: ["--user", "-U"],
  uts: ["--uts", "-u"],
};

const OPTIONS: Readonly<Record<Exclude<OptionName | "and", Types>, Words>> = {
  and: [" "],
  boottime: ["--boottime", undefined, "="],
  fork: ["--fork", "-f"],
  "join.all": ["--all", "-a"],
  "join.cgroup": ["--join-cgroup", "-c"],
  "join.context": ["--follow-context", "-Z"],
  "join.env": ["--env", "-e"],
  "join.preserveCredentials": ["--preserve-credentials"],
  "join.root": ["--root", "-r"],
  "join.target": ["--target", "-t", " "],
  "join.userParent": ["--user-parent"],
  "join its owner": ["add --user (-U) if it has made that one, or "],
  mapAuto: ["--map-auto"],
  mapCurrentUser: ["--map-current-user", "-c"],
  mapGroups: ["--map-groups", undefined, "="],
  mapRootUser: ["--map-root-user", "-r"],
  mapUsers: ["--map-users", undefined, "="],
  monotonic: ["--monotonic", undefined, "="],
  propagation: ["--propagation", undefined, " "],
  "root inside": ["--user --map-root-user", "-Ur"],
  setgid: ["--setgid", "-G", " "],
  setuid: ["--setuid", "-S", " "],
  "without join.root": ["leave --root (-r) out"],
};

const isPlain = (term: string): term is keyof typeof OPTIONS => Object.hasOwn(OPTIONS, term);

function wordsOf({ term, value, form }: OptionTerm): Message {
  if (!isPlain(term)) {
    const type = term.slice(term.lastIndexOf(".") + 1) as NamespaceType;
    const [long, letter] = TYPES[type];
    return term.startsWith("join.files.")
      ? words`${long}=${value ?? ""}`
      : shown(long, letter, form);
  }
  const [long, letter, before] = OPTIONS[term];
  const name = shown(long, letter, form);
  return before === undefined || value === undefined ? name : words`${name}${before}${value}`;
}

function shown(long: string, letter: string | undefined, form: OptionTerm["form"]): string {
  if (letter === undefined || form === undefined) return long;
  if (form === "letter") return letter;
  return form === "word (letter)" ? `${long} (${letter})` : `${long}, ${letter}`;
}

/** The front end of the command line. */
export const OPTION_WORDS: FrontEnd = { words: (term) => wordsOf(term as OptionTerm) };
