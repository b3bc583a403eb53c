/** Whether the program has a parent in its namespaces, which is nido's. */
import { all, any, type When } from "../../engine/condition.ts";
import type { Asked } from "../request.ts";

/** Whether there is an init: as PID 1, or to hold what is held for all processes. */
export const hasInit = ({ spec, request }: Asked): When =>
  all(
    request.isOn(spec.init),
    any(
      request.includes(spec.namespaces, "pid"),
      request.hasSome(spec.lockFiles),
      request.hasSome(spec.syncFds),
    ),
  );
