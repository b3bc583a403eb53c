/** `nido tree`: the process tree with the borders of namespaces. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { Containers } from "../inspect/container/find.ts";
import { ownPid } from "../inspect/own_proc.ts";
import { type NamespaceInodes, namespacesOf, ownNamespaces, statOf } from "../inspect/process.ts";
import { type ProcessNode, readTree } from "../inspect/process_tree.ts";
import { ifReadable } from "../inspect/proc.ts";
import { hasEnded } from "../inspect/status.ts";
import { type ThreadElsewhere, threadsElsewhere } from "../inspect/thread_namespaces.ts";
import { belongingJson, labelOf } from "./belonging.ts";
import { COLOUR_OPTION, givenPaint } from "./colour.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import {
  givenTypes,
  HELP_OPTION,
  json,
  JSON_OPTION,
  parsePid,
  TYPE_OPTION,
  write,
} from "./output.ts";
import { say } from "./say.ts";
import { isUtf8, terminalWidth } from "./terminal.ts";
import { bordersIn } from "./tree/borders.ts";
import { everyNode, prune } from "./tree/depth.ts";
import { drawTree } from "./tree/draw.ts";
import { sayOthersProc, sayUnseen, whyAbsent } from "./unseen.ts";
import { count } from "./words.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [
  { ...TYPE_OPTION, help: `draw the borders of ${TYPE_OPTION.help}` },
  { long: "arguments", short: "a", help: "print the arguments of processes, not only names" },
  COLOUR_OPTION,
  JSON_OPTION,
  HELP_OPTION,
];

/** Kernel threads are all below kthreadd, PID 2 of the first PID namespace. */
const isKernelThreads = ({ pid, name }: ProcessNode): boolean =>
  pid === 2 && name === "kthreadd" && ifReadable(() => statOf(pid))?.kthread === true;

/** How many processes the caller may not look into, without zombies. */
function unreadable(nodes: readonly ProcessNode[]): number {
  let sum = 0;
  for (const node of everyNode(nodes)) {
    if (node.namespaces === undefined && !hasEnded(node)) sum++;
  }
  return sum;
}

/** Its threads that are in other namespaces. */
function elsewhere({ pid, state, threads, namespaces }: ProcessNode): ThreadElsewhere[] {
  return threads > 1 && namespaces && state !== "Z" ? threadsElsewhere(pid, namespaces) : [];
}

/** What is to be said of these threads, in a few words. */
function threadNote(node: ProcessNode): string | undefined {
  const threads = elsewhere(node);
  if (threads.length === 0) return undefined;
  const types = [
    ...new Set(threads.flatMap(({ namespaces }) => namespaces.map(({ type }) => type))),
  ];
  return `${count(threads.length, "thread")} in other ${types.join(", ")}`;
}

/** The namespaces without a border: those of PID 1, or the caller's if those cannot be read. */
function outside(): NamespaceInodes {
  return ifReadable(() => namespacesOf(1)) ?? ownNamespaces();
}

interface JsonProcess {
  readonly pid: number;
  readonly pids: readonly number[];
  readonly name: string;
  readonly command: string;
  readonly state: string;
  readonly uid: number;
  /** null where the caller may not look. */
  readonly namespaces: NamespaceInodes | null;
  readonly container: unknown;
  readonly unit: string | null;
  readonly user_unit: string | null;
  readonly threads_elsewhere: readonly ThreadElsewhere[];
  readonly children: readonly JsonProcess[];
}

function jsonProcess(
  node: ProcessNode,
  types: ReadonlySet<NamespaceType>,
  containers: Containers,
): JsonProcess {
  const { pid, pids, name, command, state, uid, namespaces, children } = node;
  const shown = namespaces && Object.fromEntries(
    Object.entries(namespaces).filter(([link]) =>
      types.has(link.replace("_for_children", "") as NamespaceType)
    ),
  );
  const belonging = containers.of(pid);
  return {
    pid,
    pids,
    name,
    command,
    state,
    uid,
    namespaces: shown ?? null,
    ...belongingJson(belonging),
    threads_elsewhere: elsewhere(node),
    children: children.map((child) => jsonProcess(child, types, containers)),
  };
}

/** Runs `nido tree`. @throws {UsageError} */
export function tree(words: readonly string[]): number | Info {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const has = (name: string): boolean => given.some(({ long }) => long === name);
  if (has("help")) return "help";
  if (operands.length > 1) throw new UsageError("only one PID can be given", true);
  const types = new Set(givenTypes(given));
  const pid = operands[0] === undefined ? undefined : parsePid(operands[0]);
  const paint = givenPaint(given);
  const { roots: all, hidden, ...why } = readTree(has("arguments") || has("json"));
  const one = pid === undefined ? undefined : [...everyNode(all)].find((node) => node.pid === pid);
  if (pid !== undefined && !one) throw new UsageError(whyAbsent(pid));
  const whole = one ? [one] : all.filter((node) => !isKernelThreads(node));
  sayOthersProc("nido tree");
  const { roots, cut } = prune(whole);
  const containers = new Containers();
  if (has("json")) {
    write(json({ processes: roots.map((node) => jsonProcess(node, types, containers)) }));
  } else {
    const pen = { paint, ascii: !isUtf8(), width: terminalWidth() ?? Infinity };
    const own = labelOf(containers, ownPid() ?? 0);
    const names = { own, of: (pid: number) => labelOf(containers, pid) };
    const pieces = bordersIn(roots, outside(), types, names);
    write(drawTree(pieces, { ...pen, commands: has("arguments"), noteOf: threadNote }));
  }
  if (cut > 0) {
    const which = count(cut, "process is", "processes are");
    say(`nido tree: ${which} too deep to be drawn; give the PID of one further down`);
  }
  sayUnseen("nido tree", { unreadable: unreadable(whole) + hidden, ...why });
  return 0;
}
