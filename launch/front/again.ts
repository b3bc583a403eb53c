/** Executing the binary once more. */
import { F_SETFD, FD_CLOEXEC } from "../../ffi/abi/fcntl.ts";
import { copiedFile } from "../../engine/constants.ts";
import type { Builder } from "../../engine/builder.ts";
import { POINTER_BYTES } from "../../engine/operand.ts";
import { Expression } from "../../engine/value.ts";
import { encode } from "../../ffi/bytes.ts";
import { executeOpen } from "../program/execute.ts";
import { cannotStart } from "./loader.ts";

/**
 * Has a copy of the binary's front become the binary again, whose file Deno reads, and which is left to Deno at
 * once. Nothing comes after this.
 */
export function executeAgain(s: Builder): void {
  const binary = s.variable("binary", copiedFile(s));
  s.call("fcntl", [binary, F_SETFD, FD_CLOEXEC], "Deno does not get it", { fails: "ignored" });
  // argc, the arguments, 0 and the environment follow each other: where argc is not needed, there is room for
  // one variable more in front of the others.
  const [argv, bytes] = [s.stack, s.stack.word().times(POINTER_BYTES)];
  const moved = new Expression("copy", [argv, argv.plus(POINTER_BYTES), bytes]);
  const end = s.variable("end of arguments", moved);
  s.store(end, 0);
  const environ = s.variable("environment", end.plus(POINTER_BYTES));
  s.store(environ, encode("NIDO_FRONT=0"));
  const failure = cannotStart("the binary cannot be executed again");
  executeOpen(s, binary, [argv, environ], "leave all to Deno", failure);
}
