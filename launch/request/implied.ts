/** What options imply, and which exclude each other: complete() and problemsOf() for options that are open. */
import { flagsOf, NAMESPACE_TYPES } from "../../ffi/abi/namespaces.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Failure } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import { BINFMT_MISC, IMPLIED } from "../spec.ts";
import { CLOCKS_NEED_TIME, SETGROUPS_EXCLUDES_MAP } from "../validate.ts";
import type { Fields } from "./values.ts";

/** Fields that can be looked at. */
export interface ReadFields extends Fields {
  has(field: string): boolean;
  value(field: string): Variable;
}

/** Sets what others imply. */
export function implySteps(s: Builder, fields: ReadFields): void {
  const imply = (when: When, field: string, value: string | number): void => {
    if (fields.has(field)) {
      s.if(all(when, not(fields.isGiven(field))), () => fields.set(field, value));
    }
  };
  imply(fields.isGiven("loadInterp"), "mountBinfmt", BINFMT_MISC);
  if (fields.has("mountBinfmt")) {
    const isUsual = fields.value("mountBinfmt").begins(`${BINFMT_MISC}\0`);
    imply(all(fields.isGiven("mountBinfmt"), isUsual), "mountProc", "/proc");
  }
  imply(fields.isGiven("root"), "wd", "/");
  imply(any(fields.isGiven("killChild"), fields.isGiven("forwardSignals")), "fork", 1);
  if (fields.has("namespaces")) {
    for (const [option, types] of Object.entries(IMPLIED)) {
      const field = option === "owner" ? "owner.uid" : option;
      s.if(fields.isGiven(field), () => fields.add("namespaces", flagsOf(types)));
    }
    for (const type of NAMESPACE_TYPES) {
      s.if(fields.isGiven(`persist.${type}`), () => fields.add("namespaces", flagsOf([type])));
    }
  }
}

/** Refuses what cannot be together. */
export function refusals(s: Builder, fields: ReadFields, wrong: (failure: Failure) => void): void {
  const refuse = (when: When, message: string): void => s.if(when, () => wrong(failed(message)));
  const isGiven = (field: string): When => fields.isGiven(field);
  if (fields.has("namespaces")) {
    refuse(
      all(
        any(isGiven("monotonic"), isGiven("boottime")),
        fields.value("namespaces").and(flagsOf(["time"])).is(0),
      ),
      CLOCKS_NEED_TIME,
    );
  }
  if (fields.has("setgroups")) {
    refuse(
      all(
        isGiven("mapGroup"),
        isGiven("setgroups"),
        fields.value("setgroups").begins("allow\0"),
        not(isGiven("mapGroups")),
        not(isGiven("owner.uid")),
      ),
      SETGROUPS_EXCLUDES_MAP,
    );
  }
}
