/** The environment that the target's program began with. @see proc_pid_environ(5) */
import { E2BIG } from "../../ffi/abi/errno.ts";
import { address, ERROR, FAILURE, slot } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import { readTargetFile } from "./join_cgroup.ts";

/** The kernel's limit of arguments and environment together, pointers to them included. @see execve(2) */
const ENVIRON_BYTES = 6 << 20;

/** Reads the target's variables. Slot `environ` is then the address of pointers to them. */
export function readEnviron(context: Context, target: number): void {
  const { s } = context;
  const [next, equals, ended, skip, done, large] = [
    "next byte",
    "equals",
    "ended",
    "no variable",
    "variables",
    "too large",
  ].map((name) => s.unique(name));
  // Zeros end what the buffers hold.
  s.buffer("environ bytes", ENVIRON_BYTES + 16);
  s.buffer("environ pointers", ENVIRON_BYTES + 16);
  readTargetFile(context, target, "environ", address("environ bytes"), ENVIRON_BYTES);
  s.test("ifEqual", [slot("length"), ENVIRON_BYTES], large!);
  s.compute("at", "set", address("environ bytes"));
  s.compute("end", "add", slot("at"), slot("length"));
  s.compute("variable", "set", slot("at"));
  s.compute("pointer", "set", address("environ pointers"));
  s.compute("pointers end", "add", slot("pointer"), ENVIRON_BYTES);
  s.compute("is variable", "set", 0);

  s.label(next!);
  s.test("ifBelow", [slot("end"), slot("at")], done!);
  s.compute("byte", "byte", slot("at"), 0);
  s.compute("at", "add", slot("at"), 1);
  s.test("ifEqual", [slot("byte"), "=".charCodeAt(0)], equals!);
  s.test("ifEqual", [slot("byte"), 0], ended!);
  s.jump(next!);
  s.label(equals!);
  s.compute("is variable", "set", 1);
  s.jump(next!);

  // Programs write other things there too: what has no = is no variable.
  s.label(ended!);
  s.test("ifEqual", [slot("is variable"), 0], skip!);
  s.test("ifEqual", [slot("pointer"), slot("pointers end")], large!);
  s.put(slot("pointer"), 0, slot("variable"));
  s.compute("pointer", "add", slot("pointer"), 8);
  s.label(skip!);
  s.compute("variable", "set", slot("at"));
  s.compute("is variable", "set", 0);
  s.jump(next!);

  s.label(large!);
  const failure = failed(`environment of process ${target}`, [{
    why: "it is larger than any that a program can be started with",
  }]);
  s.compute(ERROR, "set", -E2BIG);
  s.compute(FAILURE, "set", { kind: "failure", failure });
  s.jump("fail");
  s.label(done!);
  s.compute("environ", "set", address("environ pointers"));
}
