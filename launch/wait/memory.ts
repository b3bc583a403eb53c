/** What a launcher holds in memory while it waits. */
import { MADV_DONTNEED, MADV_RANDOM } from "../../ffi/abi/mman.ts";
import { not } from "../../engine/condition.ts";
import {
  fromConstants,
  pageAhead,
  pagesOfConstants,
  pagesOfOthers,
} from "../../engine/constants.ts";
import type { Span } from "../../engine/text.ts";
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
  const advise = ({ start, length }: Span, advice: number, note: string): void => {
    s.call("madvise", [start, length, advice], note, { fails: "ignored" });
  };
  advise(pagesOfOthers(s), MADV_DONTNEED, "what was written is needed no more");
  advise(pageAhead(s), MADV_RANDOM, "the steps that wait are mapped alone");
  advise(pagesOfConstants(s), MADV_DONTNEED, "all others are given back meanwhile");
}
