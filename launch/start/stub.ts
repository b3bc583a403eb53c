/**
 * What a launcher runs from that is a part of a large file: a small program, sealed in memory, that maps
 * the launcher's constants, reads its variables, and goes on with both. So /proc/PID/exe is of no use to those
 * inside, and neither is anything else: a file that is only mapped is found by /proc/PID/map_files alone,
 * which takes CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE of the first user namespace
 * (proc_map_files_get_link() in Linux).
 */
import {
  EACCES,
  EAGAIN,
  EBADF,
  ENODEV,
  ENOMEM,
  ENOSYS,
  EPERM,
  errnoName,
  errnoText,
} from "../../ffi/abi/errno.ts";
import { MAP_FIXED, MAP_PRIVATE, PROT_READ } from "../../ffi/abi/mman.ts";
import { Builder } from "../../engine/builder.ts";
import type { Operand } from "../../engine/operand.ts";
import type { Plan } from "../../engine/plan.ts";
import { stringAt, textAround } from "../../engine/text.ts";
import { constant, Expression, type Variable } from "../../engine/value.ts";
import { codeOf, markCopied, ownCode } from "../../engine/constants.ts";
import type { FilePart } from "../starter.ts";

/** Its last bytes, in which it finds the descriptor of the file. */
export const DESCRIPTOR_BYTES = 8;

const STDERR = 2;

const CANNOT_MAP = "nido: cannot join: cannot map the launcher from its file: ";
const NOT_THERE =
  "nido: cannot join: the launcher is not at its place in its file: strip(1) moves it, or the " +
  "file is being replaced\n";

/**
 * What the kernel, security modules and filters of system calls say; and where a script inside names
 * /proc/self/exe, who has no descriptor of the file. @see mmap(2)
 */
const LIKELY = [ENOMEM, EPERM, EACCES, EAGAIN, ENODEV, ENOSYS, EBADF];

function write(s: Builder, text: Variable): void {
  s.call("write", [STDERR, text, stringAt(text).length], "say why", { fails: "ignored" });
}

/** Says why it cannot go on, and ends. */
function say(s: Builder, line: Variable): void {
  write(s, line);
  s.exit(1, "nothing was launched");
}

/** So many bytes of the code tell whether it is the launcher that is mapped. */
const CODE_BYTES = 256;

/**
 * The plan of the program. Its image ends with the descriptor, which is 0 in it.
 *
 * The kernel maps room for the launcher with the program's own variables, and both have the same code: so as
 * little as possible is mapped here.
 */
export function stubPlan({ memory }: FilePart): Plan {
  const s = new Builder("main");
  const descriptor: Operand = {
    kind: "data",
    bytes: new Uint8Array(DESCRIPTOR_BYTES),
    text: "<descriptor>",
    written: true,
  };
  const file = s.variable("file", new Expression("load", [descriptor, 0]));
  const room = s.memory("launcher", memory.end + memory.pageBytes);
  const start = s.variable("start", room.plus(memory.pageBytes - 1).and(-memory.pageBytes));
  s.block(({ leave }) => {
    const { pages, values } = memory;
    s.call(
      "mmap",
      [start, pages.bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, pages.offset],
      "the launcher's constants",
      { fails: leave },
    );
    const constants = s.variable("constants", start.plus(memory.constants));
    const variables = s.variable("variables", start.plus(memory.variables));
    s.block(({ leave: isOther }) => {
      const code = s.variable("code", codeOf(constants));
      s.if(code.isSame(ownCode, CODE_BYTES).not(), isOther);
      // What is written to the file later does not change them.
      const args = [file, variables, values.bytes, values.offset];
      const got = s.call("pread64", args, "its variables", { result: "got", fails: leave });
      s.if(got.isNot(values.bytes), isOther);
      markCopied(s, variables, file);
      s.start(constants);
    });
    say(s, s.variable("line", NOT_THERE));
  });
  const error = s.variable("errno", constant(0).minus(s.error));
  write(s, s.variable("what failed", CANNOT_MAP));
  const why = s.variable("why", textAround(s, "Unknown error ", error, "\n"));
  const cases = LIKELY.map((errno): [number, () => void] => [
    errno,
    () => why.set(`${errnoText(errno)} (${errnoName(errno)})\n`),
  ]);
  s.switch(error, cases, () => {}, { when: "for the likely ones" });
  say(s, why);
  return s.plan("nido");
}
