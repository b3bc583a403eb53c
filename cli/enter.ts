/** `nido enter`: a program in a container, found by its name, with all that is the container's. */
import type { LaunchSpec } from "../launch/spec.ts";
import { mayJoinGroup } from "./enter/cgroup.ts";
import { findTarget, hasOwnRoot, notNamed } from "./enter/find.ts";
import { identityIn } from "./enter/identity.ts";
import { nsenterLine } from "./enter/line.ts";
import { netSpec } from "./enter/net.ts";
import { toolsSpec } from "./enter/tools.ts";
import { ENTER_WORDS } from "./enter/words.ts";
import { getopt, type Given, type Info, type Option, UsageError } from "./getopt.ts";
import { start } from "./launching.ts";
import { HELP_OPTION, write } from "./output.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [
  {
    long: "tools",
    help:
      "enter its processes, network, ipc and host name with your own root and programs; its files are below /target",
  },
  {
    long: "net",
    value: "required",
    shown: "name",
    help:
      "enter the network namespace that ip netns has made, with its /sys and its files in /etc/netns",
  },
  {
    long: "show",
    help: "print the nsenter line that does the same, and do nothing",
  },
  HELP_OPTION,
];

/** What every system has. */
const SHELL = "sh";

/** What is asked for. */
interface Asked {
  readonly spec: LaunchSpec;
  readonly shows: boolean;
}

/** Options are in front of the name, and behind it up to the program or `--`. */
function readWords(words: readonly string[]): { given: Given[]; operands: string[] } {
  const before = getopt(OPTIONS, words);
  const [name, ...rest] = before.operands;
  // With --net the first word is the program.
  if (name === undefined || before.given.some(({ long }) => long === "net")) return before;
  const behind = getopt(OPTIONS, rest);
  return { given: [...before.given, ...behind.given], operands: [name, ...behind.operands] };
}

/** Reads the words, and finds what they name. @throws {UsageError} */
function read(words: readonly string[]): Asked | Info {
  const { given, operands } = readWords(words);
  const has = (name: string): boolean => given.some(({ long }) => long === name);
  if (has("help")) return "help";
  const net = given.findLast(({ long }) => long === "net")?.value;
  if (net !== undefined) {
    if (has("tools") || has("show")) {
      throw new UsageError("--net goes with neither --tools nor --show", true);
    }
    return { spec: netSpec(net, operands), shows: false };
  }
  const [name, ...command] = operands;
  if (name === undefined) throw notNamed();
  if (!has("tools")) return { spec: specOf(name, command), shows: has("show") };
  if (has("show")) {
    throw new UsageError("no line of nsenter does what --tools does; see nido explain enter", true);
  }
  return { spec: toolsSpec(findTarget(name), command), shows: false };
}

/** All that is the container's, as nsenter's options have it. */
function specOf(name: string, command: readonly string[]): LaunchSpec {
  const { pid, inode } = findTarget(name);
  const argv = command.length > 0 ? command : [SHELL];
  const { userParent, ...ids } = identityIn(pid);
  return {
    name: "nido enter",
    program: argv[0]!,
    argv,
    namespaces: [],
    ...ids,
    join: {
      target: pid,
      ...(inode === undefined ? {} : { targetInode: inode }),
      ...{ all: true, wd: true, env: true },
      ...(userParent ? { userParent } : {}),
      // Only who may change the root directory goes into another.
      ...(hasOwnRoot(pid) ? {} : { root: true }),
      ...(mayJoinGroup(pid) ? { cgroup: true } : {}),
    },
  };
}

/** Finds out what a launch is to be, for those who only want to know. @throws {UsageError} */
export function parseEnter(words: readonly string[]): LaunchSpec | Info {
  const asked = read(words);
  return typeof asked === "string" ? asked : asked.spec;
}

/** Runs `nido enter`. It returns only if nothing was launched. @throws {UsageError} */
export function enter(words: readonly string[]): number | Info {
  const asked = read(words);
  if (typeof asked === "string") return asked;
  const { spec, shows } = asked;
  if (!shows) return start(spec, ENTER_WORDS);
  write(`${nsenterLine(spec)}\n`);
  return 0;
}
