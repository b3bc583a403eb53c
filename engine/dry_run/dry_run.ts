/**
 * Dry runs: an interpreter runs a program, but makes only the system calls that change nothing. The result
 * is what strace(1) would show, loops, values and processes included.
 */
import type { Syscall } from "../../ffi/abi/syscall.ts";
import { COPIED_OFFSET } from "../../ffi/machine/machine.ts";
import { decodeRecord, NUMBER, SLOT } from "../../ffi/machine/record.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { Numbers } from "./descriptors.ts";
import { Interpreter, type PendingCall } from "./interpreter.ts";
import { Kernel } from "./kernel.ts";
import type { Look } from "./places.ts";
import { Process } from "./process.ts";
import { DryRunError, Fault, type Memory } from "./memory.ts";
import type { Program } from "../program.ts";
import type { Layout } from "../segments.ts";
import type { Argument, Contents } from "../show/argument.ts";
import { callText } from "../show/call.ts";
import type { CallSymbols } from "../symbols.ts";
import type { Given } from "./stack.ts";

/** A system call that a dry run has made. */
export interface MadeCall {
  /** As strace(1) shows it; `<name>` stands for a descriptor or a PID. */
  readonly text: string;
  /** Its symbols. */
  readonly symbols: CallSymbols | undefined;
  /** The name that later calls have for the result. */
  readonly result?: string;
  /** The error number, if it failed. */
  readonly errno?: number;
}

/** One process of a dry run. */
export interface ProcessRun {
  readonly calls: readonly MadeCall[];
  /** Its status, as wait(2) would give it; undefined if it has not come to an end. */
  readonly status: number | undefined;
}

/** More calls than any launch makes. */
const CALLS_LIMIT = 100_000;

/** What a launcher goes on from. */
function copyOf(layout: Layout): Layout {
  const variables = layout.variables.slice();
  variables[COPIED_OFFSET] = 1;
  return { ...layout, variables };
}

/** Runs a program dry. */
class DryRun {
  readonly #program: Program;
  readonly #numbers = new Numbers();
  readonly #kernel: Kernel;
  readonly #syscalls: ReadonlyMap<number, Syscall>;
  readonly #runs: { process: Process; calls: MadeCall[] }[] = [];
  /** The address of the environment's array: prints show its name. */
  readonly #given: Given;
  #count = 0;

  constructor(program: Program, given: Given, look: Look) {
    this.#program = program;
    this.#given = given;
    this.#syscalls = new Map(
      Object.entries(program.machine.syscalls).map(([name, number]) => [number, name as Syscall]),
    );
    const { constants, variables } = program.layout;
    this.#kernel = new Kernel(look, this.#numbers, {
      bytes: constants.length + variables.length,
      restart: (next) => Interpreter.start(copyOf(program.layout), next),
      fork: (parent) => this.#add(parent.interpreter.fork(), parent),
    });
    this.#add(Interpreter.start(program.layout, given));
  }

  #add(interpreter: Interpreter, parent?: Process): Process {
    const process = new Process(this.#numbers.pid(), interpreter, parent);
    this.#runs.push({ process, calls: [] });
    this.#kernel.processes.set(process.pid, process);
    return process;
  }

  run(): ProcessRun[] {
    try {
      let isMoving = true;
      while (isMoving) {
        isMoving = false;
        // Processes that start meanwhile have their turn later.
        for (const run of [...this.#runs]) {
          if (run.process.status === undefined && this.#advance(run)) isMoving = true;
        }
      }
    } finally {
      this.#kernel.close();
    }
    // A process may know its PID without getpid(2): from /proc.
    for (const { process, calls } of this.#runs) {
      const name = calls[0]?.symbols?.process;
      if (name !== undefined) this.#numbers.name(process.pid, `${name} pid`);
    }
    return this.#runs.map(({ process: { status }, calls }) => ({
      calls: calls.map((call) => ({ ...call, text: this.#numbers.shown(call.text) })),
      status,
    }));
  }

  readonly #waiting = new Map<Process, MadeCall>();

  /** Runs a process until it waits or ends. @returns Whether it made progress. */
  #advance({ process, calls }: { process: Process; calls: MadeCall[] }): boolean {
    for (let count = 0;; count++) {
      try {
        const { interpreter } = process;
        const pending = interpreter.next();
        if (!pending) {
          process.end(0);
          return true;
        }
        const syscall = this.#syscalls.get(pending.number);
        if (!syscall) throw new DryRunError(`nido makes no system call ${pending.number}`);
        if (++this.#count > CALLS_LIMIT) {
          throw new DryRunError("it makes too many system calls");
        }
        // Prints show memory as it was before the call.
        const made = this.#waiting.get(process) ?? this.#made(process, syscall, pending);
        const result = this.#kernel.call(process, syscall, pending.args);
        if (result === undefined) {
          this.#waiting.set(process, made);
          return count > 0;
        }
        this.#waiting.delete(process);
        const failed = Number(result) < 0 && Number(result) >= -4095;
        calls.push({ ...made, ...failed ? { errno: -Number(result) } : this.#named(made, result) });
        if (process.status !== undefined) return true;
        if (process.interpreter === interpreter) interpreter.finish(BigInt(result));
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        process.end(SIGNALS.SIGSEGV);
        return true;
      }
    }
  }

  /** Names a result. */
  #named({ symbols }: MadeCall, result: number | bigint): Pick<MadeCall, "result"> {
    if (symbols?.result === undefined) return {};
    this.#numbers.name(Number(result), symbols.result);
    return { result: this.#numbers.nameOf(Number(result)) ?? symbols.result };
  }

  #made(process: Process, syscall: Syscall, { record, args }: PendingCall): MadeCall {
    const { symbols, layout } = this.#program;
    const known = symbols.calls.get(record);
    const { memory } = process.interpreter;
    const names = new Names(symbols.names, process.interpreter, this.#given);
    const view = new DataView(layout.constants.buffer, layout.constants.byteOffset);
    const kinds = decodeRecord((at) => view.getUint16(record + at, true)).args;
    const shown = args.map((value, i) => {
      const argument = argumentAt(value, memory, names);
      const { kind, value: index } = kinds[i] ?? { kind: NUMBER, value: 0 };
      if (kind !== SLOT) return argument;
      const name = symbols.names.get(layout.distance + 8 * index);
      if (name === undefined) return argument;
      // The ends of a pipe are named by the variables that hold them: pipe2(2) returns no descriptor.
      this.#numbers.name(Number(BigInt.asIntN(32, value)), name);
      // An address inside a buffer is named by the variable that holds it, as one is that has its own word.
      const shown = known?.args?.[i];
      const place = shown ?? (names.of(value) === undefined ? `<${name}>` : undefined);
      // A number that is of this image alone.
      const isHidden = shown !== undefined && argument.contents === undefined;
      if (argument.place === undefined) return { ...argument, ...isHidden && { name: shown } };
      return place === undefined ? argument : { ...argument, place };
    });
    const text = callText(syscall, shown);
    return { text, symbols: known };
  }
}

/** Names of places in memory. */
class Names {
  readonly #names: ReadonlyMap<number, string>;
  readonly #interpreter: Interpreter;
  readonly #given: Given;

  constructor(names: ReadonlyMap<number, string>, interpreter: Interpreter, given: Given) {
    this.#names = names;
    this.#interpreter = interpreter;
    this.#given = given;
  }

  of(address: bigint): string | undefined {
    return this.#names.get(this.#interpreter.placeOf(address));
  }

  /** Whether it is the environment from the kernel, unchanged. */
  isEnvironment(address: bigint): boolean {
    return address === this.#interpreter.environment && this.#given.envp.length > 0;
  }
}

function argumentAt(value: bigint, memory: Memory, names: Names): Argument {
  if (value === 0n || !memory.has(value, 1)) return { value };
  if (names.isEnvironment(value)) return { value, name: "<environ>" };
  const name = names.of(value);
  return {
    value,
    place: name === undefined ? `0x${value.toString(16)}` : `&${name}`,
    contents: contentsAt(value, memory, names),
  };
}

function contentsAt(address: bigint, memory: Memory, names: Names): Contents {
  return {
    bytes: (offset, length) => memory.bytes(address + BigInt(offset), length),
    string: () => memory.cString(address),
    word: (offset) => argumentAt(memory.read(address + BigInt(offset), 8), memory, names),
  };
}

/**
 * Runs a program dry.
 *
 * @param given Its arguments and environment.
 * @param look Makes a real system call, one that changes nothing.
 * @returns The processes, in the order of their start.
 * @throws {DryRunError} if it does not come to an end.
 */
export function dryRun(program: Program, given: Given, look: Look): ProcessRun[] {
  return new DryRun(program, given, look).run();
}
