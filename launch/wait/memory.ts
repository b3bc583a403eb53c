/** What a launcher holds in memory while it waits. */
import { MADV_DONTNEED, MADV_RANDOM, MREMAP_FIXED, MREMAP_MAYMOVE } from "../../ffi/abi/mman.ts";
import { not } from "../../engine/condition.ts";
import {
  fromConstants,
  pageAhead,
  type Pages,
  pagesOfConstants,
  pagesOfOthers,
} from "../../engine/constants.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Exit } from "../../engine/builder/blocks.ts";
import { PAGE_BYTES } from "../../engine/rest.ts";
import { Expression, type Value } from "../../engine/value.ts";
import type { Context } from "../context.ts";

/**
 * Gives back what the steps before have read and written. What those at rest need is on a page of constants
 * and one of variables (engine/rest.ts). Constants come from the file again, where the kernel maps up to
 * sixteen pages at once, whatever the advice, but none of another mapping: to have other advice makes that page
 * one of its own. The program that stands behind is needed no more. @see madvise(2)
 */
export function giveBackMemory(context: Context): void {
  const { s, isCopy, starter: { behind = [] } } = context;
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
  const advise = (
    { start, length }: { readonly start: Value; readonly length: Value },
    advice: number,
    note: string,
  ): void => {
    s.call("madvise", [start, length, advice], note, { fails: "ignored" });
  };
  const [constants, others] = [pagesOfConstants(s), pagesOfOthers(s)];
  const steps = pageAhead(s);
  const given = "all others are given back meanwhile";
  advise(others, MADV_DONTNEED, "what was written is needed no more");
  const stayMapped = (): void => {
    advise(steps, MADV_RANDOM, "the steps that wait are mapped alone");
    advise(constants, MADV_DONTNEED, given);
  };
  if (behind.length === 0 || isCopy === false) return stayMapped();
  s.block(({ leave: done }) => {
    const own = ({ leave: refused }: Exit): void => {
      ownSteps(s, steps, others, refused);
      const end = s.variable("end of steps", steps.start.plus(steps.length), "<constants>");
      const before = s.variable("length", steps.start.minus(constants.start), "<length>");
      const length = constants.start.plus(constants.length).minus(end);
      const after = s.variable("length", length, "<length>");
      advise({ start: constants.start, length: before }, MADV_DONTNEED, given);
      advise({ start: end, length: after }, MADV_DONTNEED, given);
      done();
    };
    s.if(isCopy, () => s.block(own), isCopy === true ? {} : { when: "if it is a copy" });
    s.block(stayMapped, { when: "unless these are its own" });
  });
}

/**
 * Has a page of its own in the place of the file's: whoever waits for hours goes on with the same steps though
 * somebody has written another version to the file, as cp(1) does, which nothing forbids where a file is only
 * mapped. What it is moved from is the end of what is not needed.
 */
function ownSteps(s: Builder, steps: Pages, others: Pages, refused: () => void): void {
  const end = s.variable("end", others.start.plus(others.length).and(-PAGE_BYTES));
  const page = s.variable("page", end.minus(PAGE_BYTES), "<a page>");
  s.variable("copied", new Expression("copy", [page, steps.start, PAGE_BYTES]));
  const flags = MREMAP_MAYMOVE | MREMAP_FIXED;
  s.call(
    "mremap",
    [page, PAGE_BYTES, PAGE_BYTES, flags, steps.start],
    "the steps that wait stay as they are",
    {
      fails: refused,
    },
  );
}
