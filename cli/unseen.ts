/** What commands say of processes that they cannot see, and of a /proc that is not their own. */
import { type Hidepid, hidingOf, isOthersProc, ownPid } from "../inspect/own_proc.ts";
import { isDenied, isGone } from "../inspect/proc.ts";
import { effectiveUser } from "../launch/run/facts.ts";
import { say } from "./say.ts";
import { count } from "./words.ts";

/** What is missing: how many processes could not be looked into, and why. */
export interface Unseen {
  readonly unreadable: number;
  readonly hidepid?: Hidepid;
}

const because = (hidepid: Hidepid): string => `, since /proc is mounted with hidepid=${hidepid}`;

/** What is missing and how to see it, in sentences. None if nothing is. */
export function unseenWords({ unreadable, hidepid }: Unseen): string[] {
  const root = effectiveUser() === 0;
  const others = root ? "" : " of other users";
  const known = hidepid === "noaccess" ? because(hidepid) : "";
  const theirs = known ? "them" : unreadable === 1 ? "its namespaces" : "their namespaces";
  return [
    ...(unreadable === 0 ? [] : [
      `${count(unreadable, "process", "processes")}${others} could not be looked into${known}` +
      (root ? "" : `; run as root to see ${theirs}`),
    ]),
    ...(hidepid === undefined || known ? [] : [
      `processes${others} cannot be seen${because(hidepid)}; ` +
      (root ? "that takes CAP_SYS_PTRACE" : "run as root to see them"),
    ]),
  ];
}

/** The last lines on standard error. */
export function sayUnseen(command: string, unseen: Unseen): void {
  for (const sentence of unseenWords(unseen)) say(`${command}: ${sentence}`);
}

/** Says whose numbers these are, where they are not the caller's. */
export function sayOthersProc(command: string): void {
  if (!isOthersProc()) return;
  const there = ownPid();
  const self = there === undefined ? "which this process is not in" : `where this is ${there}`;
  say(
    `${command}: /proc is of another PID namespace, ${self}; here this is ${Deno.pid}. ` +
      "PIDs are numbers there; start nido by 'nido unshare --mount-proc' to have your own",
  );
}

/** What lets one look into a process: root is not told to be root. */
const asItsUser = (): string =>
  effectiveUser() === 0 ? "that takes CAP_SYS_PTRACE" : "run as its user, or as root";

/** Why /proc does not show a process, in a sentence. */
export function whyAbsent(pid: number): string {
  const hidepid = hidingOf(pid);
  if (hidepid) return `process ${pid} cannot be looked into${because(hidepid)}; ${asItsUser()}`;
  return `no process ${pid}${isOthersProc() ? " in /proc" : ""}`;
}

/** Why a process or its namespaces cannot be looked into, in a sentence; undefined where an error is of another kind. */
export function whyUnseen(pid: number, error: unknown): string | undefined {
  if (isGone(error)) return whyAbsent(pid);
  if (!isDenied(error)) return undefined;
  return hidingOf(pid)
    ? whyAbsent(pid)
    : `the namespaces of process ${pid} cannot be looked into; ${asItsUser()}`;
}
