/** Whether a new root is to have a /dev: known before its operations are done. */
import { Struct } from "../../engine/struct.ts";
import type { When } from "../../engine/condition.ts";
import { isParameter } from "../parameter.ts";
import type { Asked } from "../request.ts";
import { KINDS } from "./record.ts";
import { RECORD } from "./root.ts";

/** Whether a /dev is among them: its terminals can only be mounted where root is mapped. */
export function hasDevices({ s, spec: { newRoot }, request }: Asked): When {
  if (!isParameter(newRoot)) return newRoot?.some(({ kind }) => kind === "dev") ?? false;
  const found = s.variable("has devices", 0);
  s.if(request.isGiven(newRoot), () => {
    const at = s.variable("operation", request.value(newRoot));
    const record = new Struct(s, RECORD, at);
    s.while(record.get("kind").isNot(0), () => {
      s.if(record.get("kind").is(KINDS.dev), () => found.set(1));
      at.advance(RECORD.bytes);
    });
  });
  return found.is(1);
}
