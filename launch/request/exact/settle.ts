/** What exact options imply, and which exclude each other: impliedBy() of cli/bwrap/spec.ts in steps. */
import { flagsOf, type NamespaceType } from "../../../ffi/abi/namespaces.ts";
import { SIGNALS } from "../../../ffi/abi/signal.ts";
import type { Builder } from "../../../engine/builder.ts";
import { all, not, type When } from "../../../engine/condition.ts";
import type { Variable } from "../../../engine/value.ts";
import { TRUE, WORDS } from "../../request.ts";
import type { ReadFields } from "../implied.ts";
import type { Refusal } from "../spec.ts";
import type { Fail } from "./typed.ts";

/** What always is. */
export const ALWAYS = ["fork", "noNewPrivs", "rootless", "exitsAsShell", "keepWd"] as const;

/** What is implied by options of other fields. */
export const IMPLIED_FIELDS: readonly string[] = [
  ...["init", "interruptible", "loopback", "killChild", "setuid", "setgid"],
  ...["mapUser", "mapGroup"],
];

const creates = (fields: ReadFields, type: NamespaceType, field = "namespaces"): When =>
  fields.value(field).has(flagsOf([type]));

/** Refuses what cannot be together. */
export function refuseExact(
  s: Builder,
  fields: ReadFields,
  refusals: readonly Refusal[],
  { hasProgram, fail }: { readonly hasProgram: When; readonly fail: Fail },
): void {
  for (const { message, given, also, lacks, creates: type, createsNo, tries, later } of refusals) {
    const holds = all(
      later === true ? hasProgram : true,
      fields.isGiven(given),
      also === undefined ? true : fields.isGiven(also),
      lacks === undefined ? true : not(fields.isGiven(lacks)),
      type === undefined ? true : creates(fields, type),
      createsNo === undefined ? true : not(creates(fields, createsNo)),
      tries === undefined ? true : creates(fields, tries, "tryNamespaces"),
    );
    s.if(holds, () => fail(message));
  }
}

/** Sets what others imply. @param at Where the program is. */
export function implyExact(s: Builder, fields: ReadFields, at: Variable): void {
  for (const field of ALWAYS) if (fields.has(field)) fields.set(field, TRUE);
  s.if(fields.isGiven("init"), () => {}, { otherwise: () => fields.set("init", TRUE) });
  s.if(not(fields.isGiven("forwardSignals")), () => fields.set("interruptible", TRUE));
  s.if(creates(fields, "net"), () => fields.set("loopback", TRUE));
  s.if(fields.isGiven("dieWithParent"), () => fields.set("killChild", SIGNALS.SIGKILL));
  const ids = [["mapUser", "setuid"], ["mapGroup", "setgid"]] as const;
  for (const [map, set] of ids) {
    s.if(fields.isGiven("join.descriptors.user"), () => {
      s.if(fields.isGiven(map), () => fields.set(set, fields.value(map)));
      fields.unset(map);
    }, {
      otherwise() {
        s.if(fields.isGiven("usernsBlockFd"), () => fields.unset(map), {
          otherwise: () => s.if(not(fields.isGiven(map)), () => fields.set(map, WORDS.current)),
        });
      },
    });
  }
  fields.set("program", at.word());
  s.if(fields.isGiven("argv0"), () => s.store(at, fields.value("argv0")));
  fields.set("argv", at);
}
