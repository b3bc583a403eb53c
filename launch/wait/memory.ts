/** What a launcher holds in memory while it waits. */
import {
  MADV_DONTNEED,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from "../../ffi/abi/mman.ts";
import type { Builder } from "../../engine/builder.ts";
import { not } from "../../engine/condition.ts";
import {
  fromConstants,
  pageOfRest,
  pagesOfConstants,
  pagesOfOthers,
} from "../../engine/constants.ts";
import { PAGE_BYTES } from "../../engine/rest.ts";
import { Expression, type Value } from "../../engine/value.ts";
import type { Context } from "../context.ts";

/**
 * The last steps of a process, which take long. Meanwhile it holds little, and what somebody writes to its
 * file is nothing to it.
 */
export function restWithLittle(context: Context, body: () => void): void {
  const { s, isCopy, starter: { ownsSteps = false } } = context;
  s.rest(() => {
    giveBackMemory(context);
    body();
  }, (steps) => {
    if (ownsSteps) s.if(isCopy, () => ownSteps(s, steps));
  });
}

/**
 * Gives back what the steps before have read and written. What those at rest need is on a page of constants
 * and one of variables (engine/rest.ts). Constants come from the file again, where the kernel maps up to
 * sixteen pages at once: so the page of these steps is left as it is. The program that stands behind is needed
 * no more. @see madvise(2)
 */
function giveBackMemory({ s, isCopy, starter: { behind = [] } }: Context): void {
  // A copy has nothing of it there. Between its pages there may be others, of the launcher.
  if (behind.length > 0) {
    s.if(not(isCopy), () => {
      for (const { start, end } of behind) {
        const at = s.variable("program", fromConstants(start), "<what is behind>");
        const length = s.variable("length", end - start, "<length>");
        s.call("munmap", [at, length], "Deno is not started any more", { fails: "ignored" });
      }
    });
  }
  const giveBack = (start: Value, length: Value, note: string): void => {
    s.call("madvise", [start, length, MADV_DONTNEED], note, { fails: "ignored" });
  };
  const [constants, others] = [pagesOfConstants(s), pagesOfOthers(s)];
  const steps = pageOfRest(s, s.here());
  giveBack(others.start, others.length, "what was written is needed no more");
  const before = s.variable("length", steps.minus(constants.start), "<length>");
  giveBack(constants.start, before, "what is in front of these steps is needed no more");
  const behindSteps = s.variable("behind", steps.plus(PAGE_BYTES), "<behind these steps>");
  const end = constants.start.plus(constants.length);
  const after = s.variable("length", end.minus(behindSteps), "<length>");
  giveBack(behindSteps, after, "nor is what is behind them");
}

/** Behind the variables of steps. */
const SPARE_PAGE = 8;

/**
 * Has memory of its own in the place of the page that steps rest on: whoever waits for hours goes on with
 * the same steps though cp(1) has written another version to the file, which nothing forbids where a file is only
 * mapped. @see mmap(2)
 */
function ownSteps(s: Builder, steps: Value): void {
  const page = pageOfRest(s, steps);
  // A page of what is needed no more, where the kernel has page tables already.
  const spare = s.variable("spare", pagesOfOthers(s).start.plus(SPARE_PAGE * PAGE_BYTES));
  const copy = (to: Value, from: Value): void => {
    s.variable("copied", new Expression("copy", [to, from, PAGE_BYTES]));
  };
  copy(spare, page);
  s.block(({ leave }) => {
    const flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS;
    const protection = PROT_READ | PROT_WRITE;
    const args = [page, PAGE_BYTES, protection, flags, -1, 0];
    const note = "a page of its own for the steps that wait";
    const own = s.call("mmap", args, note, { result: "own page", fails: leave });
    copy(own, spare);
    s.call("mprotect", [own, PAGE_BYTES, PROT_READ], "they are constants", { fails: "ignored" });
  });
}
