/** Runs probes: each in a child of its own, one after the other. */
import { AT_FDCWD, AT_REMOVEDIR, O_CLOEXEC, O_NONBLOCK } from "../../ffi/abi/fcntl.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { decode } from "../../ffi/bytes.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { check, cString, memory, syscall } from "../../ffi/syscall.ts";
import { asChild } from "../child.ts";
import { compileFor } from "../compile.ts";
import type { Plan } from "../../engine/plan.ts";
import { Builder } from "../../engine/builder.ts";
import type { Probe } from "../probe/probe.ts";
import { neededFor, probesFor } from "../probe/probes.ts";
import {
  obstacleTo,
  type Outcome,
  overall,
  type ProbeResult,
  resultOf,
  type Verdict,
} from "../probe/result.ts";
import type { MachineFacts } from "../probe/machine_facts.ts";
import type { FrontEnd } from "../../engine/failure.ts";
import { recordsIn } from "../../engine/protocol.ts";
import { failureOf, reporting } from "../../engine/report.ts";
import { SPEC_WORDS } from "../spec_words.ts";
import { blockedSignals, startImage } from "./clone.ts";
import { waitFor } from "./reaper.ts";
import { findPlaces, readMachineFacts } from "./machine_facts.ts";

/** What the caller may do with namespaces, here and now. */
export interface Probed {
  /**
   * `refused` if anything is, `works` if everything does. Ranges of subordinate ids and cgroup delegation
   * do not count: an administrator has to grant them.
   */
  readonly verdict: Verdict;
  /** The machine, and the caller on it. */
  readonly machine: MachineFacts;
  /** One for each probe. A probe comes after those that it needs. */
  readonly results: readonly ProbeResult[];
}

/** A probe takes some milliseconds, and seconds where many others use the processors. */
const TIME_LIMIT_MS = 5000;

/** The pauses before a probe is repeated where those before it may have used up a limit. */
const PAUSES_MS = [5, 10, 20, 40, 80];

const STDERR = 2;

interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

function openPipe(): Pipe {
  const pair = memory(8);
  check(syscall("pipe2", pair, O_CLOEXEC | O_NONBLOCK), "pipe2", "O_CLOEXEC|O_NONBLOCK");
  const view = new DataView(pair.buffer);
  return { reader: view.getInt32(0, true), writer: view.getInt32(4, true) };
}

/** What is in a pipe now. It is little: a report, or a line of newuidmap(1). */
function readNow(pipe: Pipe): Uint8Array<ArrayBuffer> {
  const content = memory(4096);
  const length = syscall("read", pipe.reader, content, content.length);
  return content.slice(0, Math.max(0, length));
}

/** The plan in a new session, so that all its processes can be killed at a time limit. */
function inSession(plan: Plan): Plan {
  const s = new Builder("main");
  s.call("setsid", [], "a session of its own", { fails: "ignored" });
  return { ...plan, steps: [...s.steps, ...plan.steps] };
}

/** Runs `use` with pipes, and closes them afterwards. */
async function withPipes<T>(use: (one: Pipe, other: Pipe) => Promise<T>): Promise<T> {
  const pipes: Pipe[] = [];
  try {
    pipes.push(openPipe());
    pipes.push(openPipe());
    return await use(pipes[0]!, pipes[1]!);
  } finally {
    for (const { reader, writer } of pipes) {
      syscall("close", reader);
      syscall("close", writer);
    }
  }
}

/**
 * Runs a plan as an image, so that this process goes on meanwhile.
 *
 * @param isMute Whether it is one that reports no failures.
 */
function runPlan(plan: Plan, isMute = false): Promise<Outcome> {
  return withPipes(async (reports, stderr) => {
    const { writer } = reports;
    const session = inSession(plan);
    const child = asChild(isMute ? session : reporting(session, writer), blockedSignals());
    const descriptors = new Map([[writer, writer], [STDERR, stderr.writer]]);
    const { pid, pidfd } = startImage(child, 0, descriptors);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      syscall("kill", -pid, SIGNALS.SIGKILL);
      syscall("pidfd_send_signal", pidfd, SIGNALS.SIGKILL, 0, 0);
    }, TIME_LIMIT_MS);
    try {
      const { code, signal } = await waitFor(pidfd);
      if (late) return { end: "none", why: `it had not ended after ${TIME_LIMIT_MS / 1000} s` };
      const [report] = recordsIn(readNow(reports));
      const failure = report && failureOf(child, report);
      const said = decode(readNow(stderr)).trim();
      return { end: "ended", code, signal, said, ...(failure ? { failure } : {}) };
    } finally {
      clearTimeout(timer);
      syscall("close", pidfd);
    }
  });
}

async function run(
  { spec, last, hindered }: Probe,
  front: FrontEnd,
): Promise<Outcome> {
  if (hindered !== undefined) return { end: "none", why: hindered };
  try {
    // Most work, and a launch is made much faster without what explains its failures.
    const tried = await runPlan(compileFor(spec, { front, isMute: true }, last), true);
    if (tried.end === "none" || tried.signal !== null || tried.code === 0) return tried;
    const plan = compileFor(spec, { front }, last);
    let outcome = await runPlan(plan);
    for (const pause of PAUSES_MS) {
      if (outcome.end !== "ended" || !outcome.failure?.mayPass) break;
      await new Promise((go) => setTimeout(go, pause));
      outcome = await runPlan(plan);
    }
    return outcome;
  } catch (error) {
    if (error instanceof SyscallError) return { end: "none", why: error.message };
    throw error;
  }
}

/**
 * Tries each part of launches, really, in a child, as the calling user: every namespace type, id maps,
 * mounts, memfd execution, entering, cgroup delegation. For what is refused it gives the cause, found by
 * looking, and the remedy. Takes about a tenth of a second.
 *
 * What it does to this process: nothing that lasts. Nothing else is left behind either: what is
 * created is gone with the child that tried it.
 *
 * The answer is for this process and its children. In a container or sandbox it does not tell what is
 * allowed outside; `machine.signs` has signs of one.
 *
 * It does not reject because of a refusal: a probe that cannot even be started is "cannot tell".
 *
 * @example Is a sandbox with a /proc of its own possible here?
 * ```ts
 * import { probe } from "@nido/nido";
 *
 * const { results } = await probe();
 * const proc = results.find(({ name }) => name === "user+proc")!;
 * if (proc.verdict !== "works") console.error(proc.why, proc.remedy);
 * ```
 */
export function probe(): Promise<Probed> {
  return probeFor(SPEC_WORDS);
}

/**
 * The same, for a front end: remedies are in its words.
 *
 * @param names Which probes are asked for; those that they need run, too. All, if absent.
 */
export async function probeFor(front: FrontEnd, names?: readonly string[]): Promise<Probed> {
  const machine = readMachineFacts();
  const places = findPlaces(machine);
  const results: ProbeResult[] = [];
  const all = probesFor(machine, places);
  for (const one of names ? neededFor(names, all) : all) {
    const obstacle = obstacleTo(one, results);
    results.push(obstacle ?? resultOf(one, await run(one, front), machine));
  }
  // It still exists only if a probe was killed.
  if (machine.cgroup !== null) {
    syscall("unlinkat", AT_FDCWD, cString(places.cgroup), AT_REMOVEDIR);
  }
  return { verdict: overall(results), machine, results };
}
