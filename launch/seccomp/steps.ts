/** Sets the filters of the program: nothing that they could refuse comes behind but its execution. @see seccomp(2) */
import { PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER } from "../../ffi/abi/prctl.ts";
import { EFBIG, EINVAL } from "../../ffi/abi/errno.ts";
import { data } from "../../engine/operand.ts";
import { readAll } from "../../engine/file.ts";
import { type Layout, layout, struct } from "../../engine/struct.ts";
import type { Value } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { FILTER_BYTES } from "./check.ts";
import { filterHints } from "./hints.ts";

/** struct sock_fprog */
const FPROG: Layout<"instructions" | "filter"> = layout(16, {
  instructions: [0, 2],
  filter: [8, 8],
});

const INSTRUCTION_SHIFT = 3;

/** Filters that are read. */
export interface Filters {
  /** Sets all of them, of this process and what it starts. */
  set(): void;
}

/** Reads all of them: the first may refuse that once it is set. */
export function readFilters(context: Context): Filters {
  const { s, spec: { seccomp = [], noNewPrivs = seccomp.length > 0 } } = context;
  const filters = seccomp.map((filter) =>
    filter instanceof Uint8Array
      ? { start: data(filter, `${filter.length / 8} instructions`), length: filter.length }
      : readFilter(context, filter.fd)
  );
  return {
    set() {
      if (noNewPrivs) {
        s.call("prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], "executing a file gives no privileges", {
          fails: failed("cannot give up new privileges"),
        });
      }
      for (const { start, length } of filters) {
        const program = struct(s, "filter", FPROG);
        const bytes = s.variable("filter bytes", length);
        program.set("instructions", bytes.shiftedRight(INSTRUCTION_SHIFT));
        program.set("filter", start);
        s.call(
          "prctl",
          [PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program.at, 0, 0],
          "filter its calls",
          {
            fails: failed("cannot set a filter of system calls", filterHints()),
          },
        );
      }
    },
  };
}

function readFilter({ s }: Context, fd: number): { readonly start: Value; readonly length: Value } {
  const start = s.memory("filter's program", FILTER_BYTES + 8);
  const failure = failed(`cannot read a filter from descriptor ${fd}`);
  const length = readAll(s, fd, start, {
    room: FILTER_BYTES + 8,
    note: "a filter of system calls",
    fails: failure,
  });
  s.if(length.isAtLeast(FILTER_BYTES + 1), () => s.fail(failure, EFBIG));
  s.if(length.and(7).isNot(0), () => s.fail(failure, EINVAL));
  return { start, length };
}
