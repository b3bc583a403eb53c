/** What the steps of joining get. */
import type { Variable } from "../../engine/value.ts";
import type { Context } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { findAtOnce, type TypesAtOnce } from "./asked.ts";
import { TargetPid } from "./target_pid.ts";

export interface Joining extends Context {
  readonly target: TargetPid;
  readonly atOnce: TypesAtOnce;
  /** Where files of namespaces are known only when the plan runs: the path of that which is worked on. */
  readonly file?: Variable;
}

export function joiningOf(context: Context): Joining {
  const { s, spec: { join } } = context;
  const isOpen = Object.values(join?.files ?? {}).some(isParameter);
  return {
    ...context,
    target: new TargetPid(context),
    atOnce: findAtOnce(context),
    ...(isOpen ? { file: s.variable("file of a namespace", "") } : {}),
  };
}
