/** What a launcher holds in memory while it waits. */
import { MADV_DONTNEED, MADV_RANDOM } from "../../ffi/abi/mman.ts";
import { not } from "../../engine/condition.ts";
import {
  fromConstants,
  pagesAhead,
  pagesOfConstants,
  pagesOfPlaces,
} from "../../engine/constants.ts";
import type { Span } from "../../engine/text.ts";
import type { Context } from "../context.ts";

/**
 * Gives back the pages that the steps before have read: a large image has many, and those of a waiter
 * are few. What it still needs comes from the file again, where the kernel maps up to sixteen pages at
 * once, whatever the advice, but none of another mapping: to have other advice makes pages one of their
 * own. The program that stands behind is needed no more. @see madvise(2)
 */
export function giveBackMemory(context: Context): void {
  const { s, isCopy, starter: { isLarge, behind } } = context;
  if (behind) {
    // A copy has nothing of it there.
    s.if(not(isCopy), () => {
      const start = s.variable("program", fromConstants(behind.start), "<what is behind>");
      const length = s.variable("length", behind.end - behind.start, "<length>");
      s.call("munmap", [start, length], "Deno is not started any more", { fails: "ignored" });
    });
  }
  if (!isLarge) return;
  const advise = ({ start, length }: Span, advice: number, note: string): void => {
    s.call("madvise", [start, length, advice], note, { fails: "ignored" });
  };
  advise(pagesOfPlaces(s), MADV_RANDOM, "what steps name is mapped alone");
  advise(pagesAhead(s), MADV_RANDOM, "the steps that wait are mapped alone");
  advise(pagesOfConstants(s), MADV_DONTNEED, "all others are given back meanwhile");
}
