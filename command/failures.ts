/** Failures of launches, as their errors: what a launcher reports, and what comes before and beside that. */
import { errnoName, errnoOf } from "../ffi/abi/errno.ts";
import { failureOf, type FailureReport } from "../engine/report.ts";
import type { LaunchSpec } from "../launch/spec.ts";
import type { Told } from "./channel.ts";
import { LaunchError } from "./errors.ts";
import { planInWords } from "./images.ts";
import type { Prepared } from "./prepared.ts";

/** A failure that no step of the plan is about. @param errno The error of a call, or 0. */
export function ownError(
  { program }: LaunchSpec,
  message: string,
  errno: number,
  { why, remedy }: Pick<FailureReport, "why" | "remedy"> = {},
): LaunchError {
  const code = errno === 0 ? "" : errnoName(errno);
  return new LaunchError(program!, {
    message,
    status: 1,
    errno,
    code,
    ...(why === undefined ? {} : { why }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** What Deno has thrown instead of starting the launcher: as a failure of the launch, if a system call has failed. */
export function explained(spec: LaunchSpec, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const errno = errnoOf(code);
  return errno === undefined ? error : ownError(spec, "cannot start the launcher", errno);
}

/** The failure of a launch, once its report is complete. */
export function problemOf(
  { spec, shape }: Prepared,
  { open, failure }: Told,
): LaunchError | undefined {
  const known = failure && failureOf(planInWords(spec, shape), failure);
  if (known) return new LaunchError(spec.program!, known);
  // A plan that is another than the launcher's does not know what failed.
  if (failure) return ownError(spec, "a step has failed that is not known here", failure.number);
  if (open) return undefined;
  return ownError(spec, "the launcher could not report (its standard error says why)", 0);
}
