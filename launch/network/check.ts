/** What can be wrong with the network that is asked for. */
import type { Problem } from "../errors.ts";
import { isParameter, knownOf, type Parameter } from "../parameter.ts";
import type { NetworkSpec } from "./spec.ts";

/** What is wrong with it, and with what else is asked for. */
export function networkProblems(
  { loopback, namespaces }: NetworkSpec<Parameter> & {
    readonly namespaces: readonly string[] | Parameter;
  },
): Problem[] {
  if (!loopback || isParameter(loopback) || knownOf(namespaces).includes("net")) return [];
  const message =
    "loopback: only one of a new network namespace, which is not asked for, is set up";
  return [{ path: "loopback", message }];
}
