/**
 * The request of a Command: ../request_file.ts has what is in it. Its path is the launcher's second
 * argument. A command line can be read by all, and a file by this path by nobody else.
 */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, SEEK_END } from "../../ffi/abi/fcntl.ts";
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import { isParameter } from "../parameter.ts";
import type { Words } from "../request.ts";
import type { OpenSpec } from "../spec.ts";
import { OPEN, WORD_BYTES } from "../request_file.ts";

/** Requests below that size need no pages of their own, which the waiter would hold. */
const SMALL_BYTES = 1024;

const CANNOT_READ = failed("cannot read the request");

/** Takes what a spec leaves open from the request. */
export function readRequestFile(s: Builder, spec: OpenSpec): Words {
  const texts = OPEN.texts.filter((name) => isParameter(spec[name]));
  const lists = OPEN.lists.filter((name) => isParameter(spec[name]));
  const names = [...texts, ...lists];
  if (names.length === 0) return { parameters: {} };
  const request = readAll(s);
  const parameters = Object.fromEntries(names.map((name, i) => {
    const value = s.variable(name, request.plus(request.word(WORD_BYTES * i)));
    if (i >= texts.length) makeAddresses(s, value, request);
    return [name, { isGiven: true, value }];
  }));
  return { parameters };
}

/** Gives the request's address. */
function readAll(s: Builder): Variable {
  const path = s.variable("request path", s.stack.word(3 * WORD_BYTES));
  const file = s.call(
    "openat",
    [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0],
    "the values of this launch",
    { result: "request file", fails: CANNOT_READ },
  );
  const size = s.call("lseek", [file, 0, SEEK_END], "how much is it?", {
    result: "request size",
    fails: CANNOT_READ,
  });
  const request = s.variable("request", s.memory("small request", SMALL_BYTES));
  s.if(size.isAtLeast(SMALL_BYTES), () => {
    const room = s.call(
      "mmap",
      [0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0],
      "room for it",
      { result: "room", fails: CANNOT_READ },
    );
    request.set(room);
  }, { when: "if it is large" });
  s.call("pread64", [file, request, size, 0], "read it", { fails: CANNOT_READ });
  s.call("close", [file], "it is read", { fails: "ignored" });
  return request;
}

/** Makes addresses of what a list has. */
function makeAddresses(s: Builder, list: Variable, request: Variable): void {
  const at = s.variable("at", list);
  s.while(at.word().isNot(0), () => {
    s.store(at, at.word().plus(request));
    at.advance(WORD_BYTES);
  });
}
