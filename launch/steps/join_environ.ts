/** The environment that the target's program began with. @see proc_pid_environ(5) */
import { E2BIG } from "../../ffi/abi/errno.ts";
import { address, ERROR, FAILURE, slot } from "../plan.ts";
import { type Context, failed } from "./context.ts";
import { inheritedEnvironment } from "./environment.ts";
import { FOREIGN, guardsVariables } from "./foreign.ts";
import { readTargetFile } from "./join_cgroup.ts";
import { findVariable } from "./search.ts";

/** The kernel's limit of arguments and environment together, pointers to them included. @see execve(2) */
const ENVIRON_BYTES = 6 << 20;

/** What is never another user's: it names programs. LD_*, of which there are many, is left out. */
const OWN = ["PATH", "SHELL"];

/** Reads the target's variables. Slot `environ` is then the address of pointers to them. */
export function readEnviron(context: Context, target: number): void {
  const { s, spec } = context;
  const [next, equals, ended, skip, done, large] = [
    "next byte",
    "equals",
    "ended",
    "no variable",
    "variables",
    "too large",
  ].map((name) => s.unique(name));
  // Zeros end what the buffers hold; behind the pointers is room for the caller's own.
  s.buffer("environ bytes", ENVIRON_BYTES + 16);
  s.buffer("environ pointers", ENVIRON_BYTES + 8 * (OWN.length + 1));
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
  if (guardsVariables(spec)) {
    const kept = s.unique("kept");
    s.test("ifEqual", [slot(FOREIGN), 0], kept);
    for (const start of ["LD_", ...OWN.map((name) => `${name}=`)]) {
      s.test("ifSame", [slot("variable"), start, start.length], skip!);
    }
    s.label(kept);
  }
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
  if (guardsVariables(spec)) appendOwn(context);
  s.compute("environ", "set", address("environ pointers"));
}

/** Appends the caller's own, where the target's are not for the program. */
function appendOwn({ s }: Context): void {
  const end = s.unique("own variables");
  s.test("ifEqual", [slot(FOREIGN), 0], end);
  inheritedEnvironment(s);
  for (const name of OWN) {
    const absent = s.unique(`no ${name}`);
    findVariable(s, slot("environ"), name, absent);
    s.compute("variable", "sub", slot("value"), name.length + 1);
    s.put(slot("pointer"), 0, slot("variable"));
    s.compute("pointer", "add", slot("pointer"), 8);
    s.label(absent);
  }
  s.label(end);
}
