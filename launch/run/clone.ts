/** Runs a plan in a child of this process, by the interpreter mapped here. */
import * as sched from "../../ffi/abi/sched.ts";
import { SIG_BLOCK, SIG_SETMASK, SIGNAL_LIMIT, SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import type { Signal } from "../../ffi/abi/signal.ts";
import { flagsText } from "../../ffi/abi/text.ts";
import { environAddress, environPointers } from "../../ffi/libc.ts";
import { machineOf } from "../../ffi/machine/machine.ts";
import { map, type Mapping } from "../../ffi/mapping.ts";
import { spawn } from "../../ffi/spawn.ts";
import { addressOf, check, memory, syscall } from "../../ffi/syscall.ts";
import { asChild, becomeImage, isStraight } from "../child.ts";
import { imageOf } from "../image.ts";
import { layOut } from "../layout.ts";
import type { Plan } from "../plan.ts";
import { imageFiles } from "./image_file.ts";
import { type ClonedStatus, reap, waitFor } from "./reaper.ts";

/** Namespaces that clone(2) can create. CLONE_NEWTIME is not one: its bit is part of the exit signal. */
const CREATED = sched.CLONE_NEWCGROUP | sched.CLONE_NEWIPC | sched.CLONE_NEWNET |
  sched.CLONE_NEWNS | sched.CLONE_NEWPID | sched.CLONE_NEWUSER | sched.CLONE_NEWUTS;

/** The parent stands still until the child has left its memory: by execve(2), or by its end. */
const SHARED = sched.CLONE_VM | sched.CLONE_VFORK | sched.CLONE_PIDFD | SIGNALS.SIGCHLD;

const ALL_SIGNALS = 2n ** 64n - 1n;
const STACK_BYTES = 4096;
/** Room for most plans; larger ones are laid out a second time. */
const FIRST_BYTES = 1 << 20;

export interface CloneOptions {
  /** Namespaces that the child is created in: CLONE_NEW*, but CLONE_NEWTIME. */
  readonly flags?: number;
}

/** What has become of a child when the parent goes on. */
interface Started {
  readonly pid: number;
  readonly pidfd: number;
  /** -errno of the call that failed last, while memory was shared; 0 if none did. */
  readonly error: number;
}

/** Changes the signal mask of this thread and gives the one before. */
function changeMask(how: number, mask: bigint | null): bigint {
  const [now, before] = [new BigUint64Array([mask ?? 0n]), new BigUint64Array(new ArrayBuffer(8))];
  const set = mask === null ? null : addressOf(new Uint8Array(now.buffer));
  syscall("rt_sigprocmask", how, set, new Uint8Array(before.buffer), SIGSET_BYTES);
  return before[0]!;
}

function signalsIn(mask: bigint): number[] {
  return Array.from({ length: SIGNAL_LIMIT }, (_, i) => i + 1)
    .filter((signal) => mask & 1n << BigInt(signal - 1));
}

/** The words that the kernel leaves at a program's start: argc, argv, NULL, environ, NULL. */
function startWords(argv0: bigint): BigUint64Array {
  return BigUint64Array.from([1n, argv0, 0n, ...environPointers(), 0n]);
}

/** Lays a plan out in a mapping: its data, the words of the start, and at the end a stack. */
function mapPlan(plan: Plan): Mapping {
  const machine = machineOf(Deno.build.arch);
  const words = startWords(0n);
  for (let length = FIRST_BYTES;;) {
    const mapping = map(length);
    const { bytes, memoryBytes } = layOut(plan, machine, mapping.address);
    const start = Math.ceil(memoryBytes / 16) * 16;
    const needed = start + words.byteLength + STACK_BYTES;
    if (needed <= length) {
      mapping.bytes.set(bytes);
      mapping.bytes.set(new Uint8Array(words.buffer), start);
      new DataView(mapping.bytes.buffer).setBigUint64(0, mapping.address + BigInt(start), true);
      return mapping;
    }
    mapping.unmap();
    length = Math.ceil(needed / STACK_BYTES) * STACK_BYTES;
  }
}
