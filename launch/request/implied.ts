/** What options imply, and which exclude each other: complete() and problemsOf() for options that are open. */
import { flagsOf, NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Builder } from "../../engine/builder.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Failure } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import { NO_NAMESPACE, NO_TARGET, noTargetFor, type OfTarget } from "../join/check.ts";
import { TRUE, WORDS } from "../request.ts";
import { IMPLIED } from "../implied.ts";
import { BINFMT_MISC } from "../mounts/spec.ts";
import { typedProblem } from "../problem_words.ts";
import {
  CLOCKS_NEED_TIME,
  NEEDS_FORK,
  noForkExcludes,
  SETGROUPS_EXCLUDES_MAP,
} from "../validate.ts";
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
  settleJoined(s, fields);
  const isParent = any(
    fields.isGiven("killChild"),
    fields.isGiven("forwardSignals"),
    fields.isGiven("join.all"),
    isJoinNamed(fields, "pid"),
  );
  imply(isParent, "fork", 1);
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

/** Types that are joined otherwise than from the target are not the target's. */
function settleJoined(s: Builder, fields: ReadFields): void {
  if (!fields.has("join.namespaces")) return;
  for (const type of NAMESPACE_TYPES) {
    const others = NAMESPACE_TYPES.filter((other) => other !== type);
    s.if(any(fields.isGiven(`join.files.${type}`), fields.isGiven(`join.ids.${type}`)), () => {
      fields.set("join.namespaces", fields.value("join.namespaces").and(flagsOf(others)));
    });
  }
}

/** Whether a namespace of this type is named to be joined. */
const isJoinNamed = (fields: ReadFields, type: NamespaceType): When =>
  fields.has("join.namespaces") && any(
    fields.value("join.namespaces").has(flagsOf([type])),
    fields.isGiven(`join.files.${type}`),
    fields.isGiven(`join.ids.${type}`),
  );

/** Refuses what cannot be together. */
export function refusals(
  s: Builder,
  fields: ReadFields,
  { isJoining, wrong }: { readonly isJoining: When; wrong(failure: Failure): void },
): void {
  const refuse = (when: When, message: string): void => s.if(when, () => wrong(failed(message)));
  const isGiven = (field: string): When => fields.isGiven(field);
  s.if(isJoining, () => refuseToJoin(fields, refuse));
  if (fields.has("namespaces")) {
    refuse(
      all(
        any(isGiven("monotonic"), isGiven("boottime")),
        fields.value("namespaces").has(flagsOf(["time"])).not(),
      ),
      typedProblem(CLOCKS_NEED_TIME),
    );
  }
  s.if(isJoining, () => settleFork(s, fields, refuse));
  if (fields.has("setgroups")) {
    refuse(
      all(
        isGiven("mapGroup"),
        isGiven("setgroups"),
        fields.value("setgroups").begins("allow\0"),
        not(isGiven("mapGroups")),
        not(isGiven("owner.uid")),
      ),
      typedProblem(SETGROUPS_EXCLUDES_MAP),
    );
  }
}

/** Refuses to join nothing, or what needs a target without one: joinProblems() for options that are open. */
function refuseToJoin(
  fields: ReadFields,
  refuse: (when: When, message: string) => void,
): void {
  const isGiven = (field: string): When => fields.isGiven(field);
  const value = (field: string): Variable => fields.value(field);
  const ofTarget = value("join.namespaces").isNot(0);
  const hasFile = any(...NAMESPACE_TYPES.map((type) => isGiven(`join.files.${type}`)));
  const hasId = any(...NAMESPACE_TYPES.map((type) => isGiven(`join.ids.${type}`)));
  const [isAll, socket, parent] = ["join.all", "join.netSocket", "join.userParent"].map(isGiven);
  refuse(not(any(ofTarget, hasFile, hasId, isAll!, socket!, parent!)), typedProblem(NO_NAMESPACE));
  const isAlone = not(isGiven("join.target"));
  const needsTarget = any(ofTarget, isAll!, socket!, all(parent!, not(hasFile)));
  refuse(all(isAlone, needsTarget), typedProblem(NO_TARGET));
  const needs: readonly (readonly [OfTarget, When])[] = [
    ["root", value("join.root").is(TRUE)],
    ["wd", value("join.wd").is(TRUE)],
    ["env", isGiven("join.env")],
    ["cgroup", isGiven("join.cgroup")],
    ["setuid", all(isGiven("setuid"), value("setuid").is(WORDS.follow))],
    ["setgid", all(isGiven("setgid"), value("setgid").is(WORDS.follow))],
  ];
  for (const [what, isAsked] of needs) {
    refuse(all(isAlone, isAsked), typedProblem(noTargetFor(what)));
  }
}

/**
 * Not to fork may be asked for: then nothing may that needs it. What is left is whether to.
 */
function settleFork(
  s: Builder,
  fields: ReadFields,
  refuse: (when: When, message: string) => void,
): void {
  if (!fields.has("fork")) return;
  const isDenied = all(fields.isGiven("fork"), fields.value("fork").is(0));
  for (const field of NEEDS_FORK) {
    refuse(all(isDenied, fields.isGiven(field)), typedProblem(noForkExcludes(field)));
  }
  s.if(isDenied, () => fields.unset("fork"));
}
