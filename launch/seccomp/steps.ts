/** Sets the filters of the program: nothing that they could refuse comes behind but its execution. @see seccomp(2) */
import { PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER } from "../../ffi/abi/prctl.ts";
import type { CallError } from "../../engine/builder/calls.ts";
import { all, any, not } from "../../engine/condition.ts";
import { address, data } from "../../engine/operand.ts";
import { readAll } from "../../engine/file.ts";
import { type Failure, words } from "../../engine/failure.ts";
import { type Layout, layout, Struct, struct } from "../../engine/struct.ts";
import type { Place, Value, Variable } from "../../engine/value.ts";
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import { type Context, failed } from "../context.ts";
import { NO_NUMBER, numberPart } from "../numbers.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import { BPF_MAXINSNS, FILTER_BYTES } from "./check.ts";
import { filterHints } from "./hints.ts";
import type { Filter } from "./spec.ts";

/** struct sock_fprog */
const FPROG: Layout<"instructions" | "filter"> = layout(16, {
  instructions: [0, 2],
  filter: [8, 8],
});

/** A filter that is a parameter's: one of a list in memory, with -1 as descriptor of what is behind them. */
export const FILTER: Layout<"fd"> = layout(8, { fd: [0, 8] });

/** The same once it is read: struct sock_fprog, the next of them, and its instructions. */
const READ_FILTER: Layout<"instructions" | "filter" | "next"> = layout(24, {
  ...FPROG.fields,
  next: [16, 8],
});

const INSTRUCTION_SHIFT = 3;

/** Filters that are read. */
export interface Filters {
  /** Sets all of them, of this process and what it starts. */
  set(): void;
  /**
   * The same in an init. What is refused here is refused to the program too, which says so and ends: this process must not
   * end before, and the program with it.
   */
  setInInit(): void;
}

/** Reads all of them: the first may refuse that once it is set. */
export function readFilters(context: Context): Filters {
  const { s, spec: { seccomp = [], noNewPrivs }, request } = context;
  const isUsual = request.hasSome(seccomp);
  const isRestricted = isParameter(noNewPrivs)
    ? any(request.isOn(noNewPrivs), all(not(request.isGiven(noNewPrivs)), isUsual))
    : noNewPrivs ?? isUsual;
  const filters = isParameter(seccomp) ? readOpen(context, seccomp) : readKnown(context, seccomp);
  const set = (isInit: boolean): void => {
    s.if(isRestricted, () => {
      s.call("prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0], "executing a file gives no privileges", {
        fails: missing(context, failed("cannot give up new privileges")),
      });
    });
    filters(isInit);
  };
  return { set: () => set(false), setInInit: () => set(true) };
}

/** Sets filters that are read. */
type Set = (isInit: boolean) => void;

function readKnown(context: Context, seccomp: readonly Filter[]): Set {
  const { s } = context;
  const filters = seccomp.map((filter) =>
    filter instanceof Uint8Array
      ? { start: data(filter, `${filter.length / 8} instructions`), length: filter.length }
      : readFilter(context, filter.fd, s.memory("filter's program", ROOM))
  );
  return (isInit) => {
    for (const { start, length } of filters) {
      const program = struct(s, "filter", FPROG);
      const bytes = s.variable("filter bytes", length);
      program.set("instructions", bytes.shiftedRight(INSTRUCTION_SHIFT));
      program.set("filter", start);
      setFilter(context, program.at, isInit);
    }
  };
}

function readOpen(context: Context, seccomp: Parameter): Set {
  const { s, request } = context;
  const isGiven = request.isGiven(seccomp);
  const first = s.variableIf(isGiven, "first filter");
  s.if(isGiven, () => {
    const at = s.variable("filter", request.value(seccomp));
    // Where the address of the next one goes.
    const link = s.variable("link", address(first.name));
    const given = new Struct(s, FILTER, at);
    s.while(given.get("fd").isNot(NO_NUMBER), () => {
      const fd = s.variable("filter's descriptor", given.get("fd"));
      const bytes = READ_FILTER.bytes + ROOM;
      const args = [0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0];
      const room = s.call("mmap", args, "room for a filter", {
        result: "room",
        fails: failed("mmap failed"),
      });
      const program = s.variable("filter's program", room.plus(READ_FILTER.bytes));
      const { start, length } = readFilter(context, fd, program);
      const filter = new Struct(s, READ_FILTER, room);
      filter.set("instructions", length.shiftedRight(INSTRUCTION_SHIFT));
      filter.set("filter", start);
      s.store(link, room);
      link.set(room.plus(READ_FILTER.fields.next[0]));
      at.advance(FILTER.bytes);
    }, { when: "for each filter" });
  });
  return (isInit) =>
    s.if(isGiven, () => {
      const filter = s.variable("filter", first);
      s.while(filter.isNot(0), () => {
        setFilter(context, filter, isInit);
        filter.set(new Struct(s, READ_FILTER, filter).get("next"));
      }, { when: "for each filter" });
    });
}

/** Tells that the program is not reached, if that it is has been told. */
const missing = ({ held }: Context, failure: Failure) => (error: CallError): void => {
  held.missed?.();
  error.fail(failure);
};

function setFilter(context: Context, program: Value, isInit: boolean): void {
  const { s } = context;
  const refused = missing(
    context,
    failed("cannot set a filter of system calls", filterHints()),
  );
  s.call("prctl", [PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0], "filter its calls", {
    // Memory may lack here alone: then the program has no init that is not filtered.
    fails: isInit ? { ENOMEM: refused, otherwise: () => {} } : {
      EINVAL: missing(
        context,
        failed("cannot set a filter of system calls: it is no program", filterHints()),
      ),
      otherwise: refused,
    },
  });
}

/** More than a filter has. */
const ROOM = FILTER_BYTES + 8;

function readFilter(
  { s }: Context,
  fd: number | Variable,
  start: Place | Variable,
): { readonly start: Value; readonly length: Variable } {
  const failure = failed(words`cannot read a filter from descriptor ${numberPart(fd)}`);
  const length = readAll(s, fd, start, {
    room: ROOM,
    note: "a filter of system calls",
    fails: failure,
  });
  s.if(length.has(7), () => {
    const what = words`what descriptor ${
      numberPart(fd)
    } has is no filter: not a multiple of 8 bytes`;
    s.fail(failed(what));
  });
  s.if(length.isAtLeast(FILTER_BYTES + 1), () => {
    s.fail(
      failed(
        words`what descriptor ${
          numberPart(fd)
        } has is no filter: more than ${BPF_MAXINSNS} instructions`,
      ),
    );
  });
  return { start, length };
}
