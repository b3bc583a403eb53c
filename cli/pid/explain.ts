/** Explains a process. */
import { OWNERS_FIRST } from "../../ffi/abi/namespaces.ts";
import type { IdMaps } from "../../inspect/id_map.ts";
import { hasEnded } from "../../inspect/status.ts";
import { containerWords, unitWords } from "../belonging.ts";
import { type Span, strokesOf } from "../lines.ts";
import { count } from "../words.ts";
import { namespaceSpans, pidSpans } from "../tree/draw.ts";
import type { CallerFacts, ProcessFacts } from "./facts.ts";
import { type Item, LabelledLines, type LabelledOptions, say } from "./labelled.ts";
import {
  alike,
  capabilitySets,
  capabilityWords,
  clockWords,
  listed,
  mapWords,
  seccompWords,
  stateWords,
} from "./words.ts";

const userWords = (uid: number, { users }: CallerFacts): string =>
  users.has(uid) ? `${users.get(uid)} (${uid})` : `uid ${uid}`;

function pidRows({ status, pidNamespaces }: ProcessFacts, { own }: CallerFacts, arrow: string) {
  const rows: Item[] = [pidSpans(status.nspid, arrow)];
  for (const [i, ns] of pidNamespaces.entries()) {
    const whose = [
      ...(ns === own.pid ? ["yours"] : []),
      ...(i === pidNamespaces.length - 1 ? ["its own"] : []),
    ];
    rows.push([
      say(`${status.nspid[i]} in `),
      ...namespaceSpans("pid", ns),
      say(whose.length > 0 ? `, ${whose.join(" and ")}` : ""),
    ]);
  }
  return rows;
}

/** Without the caller in /proc, it is unknown which namespaces are the caller's. */
function whose(ns: number, own: number | undefined): Span {
  if (own === undefined) return say("");
  return ns === own ? say("yours    ", "dim") : say("not yours", "bold");
}

function namespaceRows(facts: ProcessFacts, { own }: CallerFacts): Item[] {
  const { namespaces = {}, owners } = facts;
  const rows: Item[] = [];
  for (const type of OWNERS_FIRST) {
    const ns = namespaces[type];
    if (ns === undefined) continue;
    const owner = owners[type];
    rows.push([
      say(type.padEnd(7), type),
      say(`${ns}  `),
      whose(ns, own[type]),
      ...(owner === undefined
        ? []
        : [say(type === "user" ? "  in " : "  owned by ", "dim"), say(`user:[${owner}]`)]),
    ]);
    if (type !== "pid" && type !== "time" || hasEnded(facts.status)) continue;
    const next = namespaces[`${type}_for_children`];
    if (next === ns) continue;
    rows.push([
      say("".padEnd(7)),
      ...(next === undefined
        ? [say("its next child will be PID 1 of a new one")]
        : [say(`${next}  its next children will be there`)]),
    ]);
  }
  if (hasEnded(facts.status)) rows.push([say("it is in no others any more: it has ended", "dim")]);
  return rows;
}

function userRows({ userNamespaces }: ProcessFacts, caller: CallerFacts): Item[] {
  return userNamespaces.map(({ ns, maker, parent }) => [
    ...namespaceSpans("user", ns),
    ...(maker === undefined ? [] : [say(`  made by ${userWords(maker, caller)}`)]),
    ...(parent === undefined ? [] : [say(` in user:[${parent}]`)]),
    say(ns === caller.own.user ? ", yours" : ""),
  ]);
}

function mapRows({ uid, gid, setgroups }: IdMaps, ascii: boolean): Item[] {
  const sentences = [
    ...mapWords(uid, "uid"),
    ...mapWords(gid, "gid"),
    ...(setgroups === "deny" ? ["setgroups(2) is denied"] : []),
  ];
  return sentences.map((text) => [say(ascii ? text.replaceAll("–", "-") : text)]);
}

function lifeWords({ status, living }: ProcessFacts): string {
  if (hasEnded(status)) return stateWords(status.state);
  if (living === undefined) {
    return `${stateWords(status.state)}, ${count(status.threads, "thread")}`;
  }
  const others = count(status.threads - 1, "other");
  return `its first thread has ended, ${others} not: such as ${living}, whose namespaces these are`;
}

/** Where it is, as far as the caller is elsewhere. */
function tellPlace(text: LabelledLines, facts: ProcessFacts, caller: CallerFacts): void {
  const { belonging, root, hostName } = facts;
  const parts = containerWords(belonging);
  if (parts.join() !== containerWords(caller.belonging).join()) {
    text.words("container", listed(parts).map((part) => [say(part)]));
  }
  const unit = unitWords(belonging);
  if (unit !== undefined && unit !== unitWords(caller.belonging)) text.line("unit", [say(unit)]);
  if (hostName !== undefined && hostName !== caller.hostName) {
    text.line("host name", [say(hostName)]);
  }
  if (root !== undefined && root !== "/") text.line("root", [say(root)]);
}

/** Without --json not more threads than these are named. */
const FEW_THREADS = 8;

function threadRows({ threadsElsewhere: all }: ProcessFacts): Item[] {
  const rows = all.slice(0, FEW_THREADS).map(({ tid, namespaces }) => [
    say(`${tid} is in`),
    ...namespaces.flatMap(({ type, ns }) => [say(" "), ...namespaceSpans(type, ns)]),
  ]);
  const more = all.length - rows.length;
  return more > 0 ? [...rows, [say(`and ${count(more, "more thread", "more threads")}`)]] : rows;
}

/** The text about a process. */
export function explanation(
  facts: ProcessFacts,
  caller: CallerFacts,
  options: LabelledOptions,
): string {
  const { status, command, parent, namespaces, maps } = facts;
  const text = new LabelledLines(options);
  const thread = status.tgid !== status.pid;
  text.line(thread ? "thread" : "process", [
    say(String(status.pid), "bold"),
    say(thread ? ` of process ${status.tgid}, ${command}` : ` ${command}`),
  ]);
  const from = status.ppid === 0 ? "no parent here" : `child of ${status.ppid}`;
  text.line("state", [
    say(`${lifeWords(facts)}, ${from}`),
    say(parent === undefined ? "" : ` ${parent}`),
  ]);
  tellPlace(text, facts, caller);
  const [real, effective] = status.uid;
  text.line("user", [
    say(userWords(effective, caller)),
    say(real === effective ? "" : `, really ${userWords(real, caller)}`),
    say(`, gid ${status.gid[1]}`),
  ]);
  text.list("PIDs", pidRows(facts, caller, strokesOf(options).arrow));
  if (namespaces) {
    text.list("namespaces", namespaceRows(facts, caller));
    text.list("threads", threadRows(facts));
    text.list("clocks", clockWords(facts.timeOffsets ?? []).map((words) => [say(words)]));
    text.list("user ns", userRows(facts, caller));
  } else text.line("namespaces", [say("cannot be read by you", "warn")]);
  if (maps) text.list("ids", mapRows(maps, options.ascii));
  for (const [i, [names, set]] of alike(capabilitySets(status)).entries()) {
    const words = capabilityWords(set, caller.lastCapability);
    text.words(i === 0 ? "capabilities" : "", [
      [say(`${names.join(", ")}:`, "dim")],
      ...words.map((word) => [say(word)]),
    ]);
  }
  text.line("no_new_privs", [say(status.noNewPrivs ? "yes: no program can add privileges" : "no")]);
  text.line("seccomp", [say(seccompWords(status))]);
  return text.text;
}
