/** Programs for the interpreter alone, which write what they have worked out. */
import { assertEquals } from "@std/assert";
import type { Arch } from "../../ffi/machine/machine.ts";
import { address, type Operand, slot } from "../../engine/operand.ts";
import { RawSteps } from "../support/raw_steps.ts";
import { type Given, type Outcome, runPlan } from "./run_image.ts";

/** A sequence of steps whose end is {@linkcode Program.run}. */
export class Program extends RawSteps {
  constructor() {
    super("test");
  }

  /** Writes memory to standard output. */
  write(at: Operand, bytes: number): void {
    this.call("write", [1, at, bytes], "write");
  }

  /** Writes the 8 bytes of each of the slots. */
  writeSlots(...names: readonly string[]): void {
    for (const name of names) this.write(address(name), 8);
  }

  end(status: number | string): void {
    this.call("exit_group", [typeof status === "string" ? slot(status) : status], "exit");
  }

  run(arch: Arch, given?: Given): Promise<Outcome> {
    return runPlan(this.plan("test"), arch, given);
  }

  /** Runs it to its end, exit status 0, and gives what it wrote. */
  async output(arch: Arch, given?: Given): Promise<Uint8Array> {
    this.end(0);
    const { code, signal, stdout, stderr } = await this.run(arch, given);
    assertEquals({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
    return stdout;
  }

  /** Runs it to its end and gives the 64-bit numbers that it wrote, unsigned. */
  async numbers(arch: Arch, given?: Given): Promise<bigint[]> {
    const bytes = await this.output(arch, given);
    return [...new BigUint64Array(bytes.slice().buffer)];
  }
}
