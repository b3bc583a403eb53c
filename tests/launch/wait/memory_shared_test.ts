// Whether the program's process begins in its waiter's memory.

import { assertEquals } from "@std/assert";
import { type Asked, callsOf, PURE } from "../specs.ts";

const clonesOf = (asked: Asked): string[] =>
  callsOf({ fork: true, ...asked }).filter((call) => call.includes("clone("));

Deno.test("a program that its waiter only waits for begins in the waiter's memory", PURE, () => {
  assertEquals(clonesOf({ namespaces: ["pid"] }), [
    "main: clone(child_stack=NULL, flags=CLONE_VM|CLONE_VFORK|SIGCHLD)",
  ]);
});

// Linux 5.6 to 6.1 refuse clone(CLONE_VM) there, with EINVAL.
Deno.test("who is to be in a new time namespace has memory of its own", PURE, () => {
  assertEquals(clonesOf({ namespaces: ["time"] }), [
    "main: clone(child_stack=NULL, flags=SIGCHLD)",
  ]);
});
