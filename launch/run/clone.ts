/** Runs a plan in a child of this process, by the interpreter that is mapped here. */
import * as sched from "../../ffi/abi/sched.ts";
import {
  SIG_BLOCK,
  SIG_SETMASK,
  type Signal,
  SIGNAL_LIMIT,
  SIGNALS,
  SIGSET_BYTES,
} from "../../ffi/abi/signal.ts";
import { flagsText } from "../../ffi/abi/text.ts";
import { environAddress } from "../../ffi/libc.ts";
import { spawn } from "../../ffi/spawn.ts";
import { addressOf, check, memory, syscall } from "../../ffi/syscall.ts";
import { type Plan, stepsAlone } from "../plan.ts";
import { asChild, becomeImage, isStraight } from "../child.ts";
import { imageOf } from "../../engine/image.ts";
import type { Plan as Steps } from "../../engine/plan.ts";
import { readRestore } from "./facts.ts";
import { imageFiles } from "./image_file.ts";
import { mapPlan } from "./mapped.ts";
import { reap, waitFor } from "./reaper.ts";

/** Namespaces that clone(2) can create. CLONE_NEWTIME is not one: its bit is part of the exit signal. */
const CREATED = sched.CLONE_NEWCGROUP | sched.CLONE_NEWIPC | sched.CLONE_NEWNET |
  sched.CLONE_NEWNS | sched.CLONE_NEWPID | sched.CLONE_NEWUSER | sched.CLONE_NEWUTS;

/** The parent is blocked until the child has left its memory, by execve(2) or by its end. */
const SHARED = sched.CLONE_VM | sched.CLONE_VFORK | sched.CLONE_PIDFD | SIGNALS.SIGCHLD;

/** Offset in the header of the variables. */
const ERROR_OFFSET = 8;

const ALL_SIGNALS = 2n ** 64n - 1n;

/** How {@linkcode clone} starts a child. */
export interface CloneOptions {
  /** Namespaces that the child is created in: CLONE_NEW*, but CLONE_NEWTIME. */
  readonly flags?: number;
}

/** A child at the moment when the parent goes on. */
export interface Started {
  readonly pid: number;
  readonly pidfd: number;
  /** -errno of the call that failed last, while memory was shared; 0 if none did. */
  readonly error: number;
}

/** Changes the mask of blocked signals of this thread, and gives the one before. */
function changeMask(how: number, mask: bigint): bigint {
  const [now, before] = [memory(8), memory(8)];
  new DataView(now.buffer).setBigUint64(0, mask, true);
  syscall("rt_sigprocmask", how, now, before, SIGSET_BYTES);
  return new DataView(before.buffer).getBigUint64(0, true);
}

/** The signals that this thread blocks. */
export function blockedSignals(): number[] {
  const mask = changeMask(SIG_BLOCK, 0n);
  return Array.from({ length: SIGNAL_LIMIT }, (_, i) => i + 1)
    .filter((signal) => mask & 1n << BigInt(signal - 1));
}

/**
 * Starts a child that runs a straight plan, and returns when it has left this process's memory.
 *
 * @throws {SyscallError} of clone(2) or mmap(2).
 */
export function start(plan: Steps, flags: number): Started {
  const mapped = mapPlan(plan);
  try {
    const pidfd = memory(4);
    // A handler would run in the child too, in this process's memory, before the plan resets it.
    const mask = changeMask(SIG_BLOCK, ALL_SIGNALS);
    let pid: number;
    try {
      pid = spawn(mapped.constants, flags | SHARED, mapped.stack, addressOf(pidfd));
    } finally {
      changeMask(SIG_SETMASK, mask);
    }
    const shown = flagsText(sched, /^CLONE_/, flags | SHARED ^ SIGNALS.SIGCHLD);
    check(pid, "clone", `${shown}|SIGCHLD`);
    const error = mapped.header.getBigInt64(ERROR_OFFSET, true);
    return { pid, pidfd: new DataView(pidfd.buffer).getInt32(0, true), error: Number(error) };
  } finally {
    mapped.unmap();
  }
}

/**
 * Starts a child that executes the plan's image, from the first place where that works.
 *
 * @param descriptors Descriptors for the child: see {@linkcode becomeImage}.
 * @throws {SyscallError} of clone(2), mmap(2) or execveat(2).
 */
export function startImage(
  plan: Steps,
  flags: number,
  descriptors?: ReadonlyMap<number, number>,
): Started {
  let error = 0;
  for (const fd of imageFiles(imageOf(plan, Deno.build.arch))) {
    if (fd < 0) {
      error ||= fd;
      continue;
    }
    try {
      const become = becomeImage(plan.name, fd, environAddress(), descriptors);
      const started = start(become, flags);
      if (started.error === 0) return started;
      error = started.error;
      reap(started.pidfd);
      syscall("close", started.pidfd);
    } finally {
      syscall("close", fd);
    }
  }
  check(error, "execveat", "image, AT_EMPTY_PATH");
  throw new Error("Cannot happen: no image was started without an error");
}

/**
 * A child that {@linkcode clone} has started.
 *
 * @example
 * ```ts
 * import { type LaunchSpec, clone, compile } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "sleep", argv: ["sleep", "60"], namespaces: ["user"] };
 * await using child = clone(compile(spec));
 * child.kill("SIGTERM");
 * console.log((await child.status).signal); // SIGTERM
 * ```
 */
export class ClonedProcess implements AsyncDisposable {
  /** Its process id, as the PID namespace of this process has it. */
  readonly pid: number;
  /**
   * How it has ended, when it has: `code` is 128 plus the signal's number if a signal ended it, and
   * `signal` null if it was a real-time signal, which has no name. Rejects with a
   * {@linkcode SyscallError} ECHILD where this process ignores SIGCHLD: then the kernel keeps no
   * status.
   */
  readonly status: Promise<Deno.CommandStatus>;
  #pidfd: number;

  /** Only {@linkcode clone} makes these. */
  constructor(pid: number, pidfd: number) {
    this.pid = pid;
    this.#pidfd = pidfd;
    this.status = waitFor(pidfd).finally(() => {
      syscall("close", pidfd);
      this.#pidfd = -1;
    });
    // Without this, a rejection that nobody awaits would end Deno.
    this.status.catch(() => {});
  }

  /**
   * A descriptor of the process, for setns(2), poll(2) and the like. It is closed when the process
   * has ended and {@linkcode status} is known; it closes on exec.
   *
   * @throws {TypeError} after that.
   */
  get pidfd(): number {
    if (this.#pidfd < 0) throw new TypeError("Cannot use the pidfd: the process has ended");
    return this.#pidfd;
  }

  /**
   * Sends a signal, by the pidfd: never to another process that has got the PID meanwhile. PID 1 of a PID
   * namespace gets only SIGKILL, SIGSTOP and signals that it has handlers for.
   *
   * @param signal Its name, or its number, 0 to 64.
   * @throws {TypeError} if the process has ended and its status is known, or for an unknown name.
   * @throws {SyscallError} EPERM; EINVAL for an unknown number.
   * @see pidfd_send_signal(2)
   */
  kill(signal: Signal | number = "SIGTERM"): void {
    const number = typeof signal === "number" ? signal : SIGNALS[signal];
    if (number === undefined) throw new TypeError(`Cannot send ${signal}: no such signal`);
    check(
      syscall("pidfd_send_signal", this.pidfd, number, 0, 0),
      "pidfd_send_signal",
      `${this.pidfd}, ${signal}, NULL, 0`,
    );
  }

  /** Kills the process with SIGKILL, unless it has ended, and waits for its end. What it has forked may live on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#pidfd >= 0) this.kill("SIGKILL");
    await this.status;
  }
}

/**
 * Runs a plan in a child of this process.
 *
 * What it does to this process: nothing that lasts, but for the child. No JavaScript and no C
 * library run in the child: the interpreter of plans does, mapped into this process's memory. A
 * plan that goes straight from unshare(2) to its program runs right there, and this thread stands
 * still until the program is executed, some 100 µs. Any other (that forks, waits, joins namespaces
 * or changes ids) is first executed as an image of a few KiB: in memory of its own it can neither
 * hold this process up nor be a way into it.
 *
 * The child has this process's standard streams, working directory, environment and, from the
 * calling thread, namespaces. If a step of the plan fails, the child says what and why on standard
 * error, and exits with the step's status.
 *
 * Waiting for it does not hold up other work; as with `Deno.Command`, Deno itself does not end
 * before the child, unless by `Deno.exit()`.
 *
 * @throws {SyscallError} of clone(2): EPERM for namespaces without CAP_SYS_ADMIN, unless
 * CLONE_NEWUSER is among them; ENOSPC where a limit of /proc/sys/user is reached; EAGAIN where
 * RLIMIT_NPROC is; ENOMEM in a PID namespace whose PID 1 has ended.
 * @throws {TypeError} for flags that are not namespaces that clone(2) creates.
 * @see clone(2), pidfd_open(2)
 *
 * @example
 * ```ts
 * import { clone, compile, type LaunchSpec } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "sh", argv: ["sh", "-c", "exit 3"], namespaces: ["user"] };
 * await using child = clone(compile(spec));
 * console.log((await child.status).code); // 3
 * ```
 */
export function clone(plan: Plan, options: CloneOptions = {}): ClonedProcess {
  const { flags = 0 } = options;
  if ((flags & ~CREATED) !== 0) {
    throw new TypeError(
      `Cannot clone with flags ${flagsText(sched, /^CLONE_/, flags & ~CREATED)}: only CLONE_NEW* ` +
        "are taken, without CLONE_NEWTIME, which is unshare's",
    );
  }
  const steps = stepsAlone(plan);
  const child = asChild(steps, blockedSignals(), readRestore());
  const { pid, pidfd } = isStraight(steps) ? start(child, flags) : startImage(child, flags);
  return new ClonedProcess(pid, pidfd);
}
