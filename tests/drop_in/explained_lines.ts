/** Launches that are explained beside what strace(1) sees of them. */
import type { Explained } from "../support/explained.ts";
import { Comparison, ending } from "../support/strace.ts";
import { fileCalls } from "../support/traces.ts";

/** Where the two differ. */
export const differenceOf = ({ steps, traces, status }: Explained): string | undefined =>
  new Comparison(ending(steps, status), traces, true, fileCalls).difference();
