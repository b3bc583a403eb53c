/** Who starts a plan, as far as the plan has to know: it finds out all else when it runs. */
import type { Builder } from "../engine/builder.ts";
import type { FrontEnd } from "../engine/failure.ts";

import type { Words } from "./request.ts";

/** What starts a plan. */
export interface Starter {
  /** Takes reports, and gives orders: a Command. See wait/supervision.ts. */
  readonly listens?: boolean;
  /** Gives arguments that are for the program: who starts a frozen file. */
  readonly givesArguments?: boolean;
  /** Takes the parameters of the spec from where who starts it gives them. */
  readonly request?: (s: Builder) => Words;
  /** In whose words failures are said. Default: those of specs. */
  readonly front?: FrontEnd;
  /** What its runtime has changed, and the program must not see. */
  readonly restore?: Restore;
}

/** What to undo so that the program sees it as who started the runtime had it. */
export interface Restore {
  /** Signals that are ignored now and had their default action. */
  readonly handled: readonly number[];
  /** Signals that have a handler now and were ignored. */
  readonly ignored: readonly number[];
  /** The soft limit of open descriptors. */
  readonly nofile?: { readonly soft: bigint; readonly hard: bigint };
}
