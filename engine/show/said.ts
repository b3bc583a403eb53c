/** The call that a failure names, with the values that only the run knows. */
import { PR_SET_PDEATHSIG } from "../../ffi/abi/prctl.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { type Row, SYSCALLS } from "../../ffi/abi/syscall.ts";
import type { SlotName } from "../failure.ts";
import type { Operand } from "../operand.ts";
import type { Call } from "../plan.ts";
import { cloneFlagNames, mountFlagNames, resourceNames } from "./constants.ts";
import type { Named } from "./numbers.ts";
import { stepTextWith } from "./operand.ts";
import { namedSignals } from "./signals.ts";

/** The value of a variable, and how it is shown. */
export type Said =
  /** A number in decimal, the C string at an address in quotes, or the struct rlimit64 there. */
  | { readonly as: "decimal" | "quoted" | "limits"; readonly value: SlotName }
  /** A number by its name, or by the names of its bits. */
  | { readonly as: "name" | "flags"; readonly value: SlotName; readonly names: Named };

type As = { readonly as: Said["as"]; readonly names?: Named };

/** How an argument is shown. */
function formOf({ syscall, args }: Call, i: number): As {
  const row: Row = SYSCALLS[syscall];
  const kind = row.args[i]?.replace(/\?$/, "") ?? "";
  switch (kind) {
    case "path":
    case "string":
      return { as: "quoted" };
    case "cloneFlags":
      // The signal of its end is among the flags of clone(2).
      return { as: "flags", names: [...cloneFlagNames(), ["SIGCHLD", BigInt(SIGNALS.SIGCHLD)]] };
    case "mountFlags":
      return { as: "flags", names: mountFlagNames() };
    case "rlimit":
      return { as: "name", names: resourceNames() };
    case "rlimitValue":
      return { as: "limits" };
    case "signal":
      return { as: "name", names: namedSignals() };
    case "prctlValue":
      return isNumber(args[0], PR_SET_PDEATHSIG)
        ? { as: "name", names: namedSignals() }
        : { as: "decimal" };
    default:
      return { as: kind.startsWith("in:") ? "quoted" : "decimal" };
  }
}

const isSaid = (arg: Operand): boolean => arg.kind === "slot" && arg.isSaid === true;

/** Whether a call has values to be said. */
export const saysValues = ({ args }: Call): boolean => args.some(isSaid);

const isNumber = (operand: Operand | undefined, number: number): boolean =>
  operand?.kind === "number" && operand.value === BigInt(number);

/** What stands for the value of an argument until the text is divided. */
const MARK = "\0";

/** A call as {@linkcode stepText} shows it, in pieces around the values that are said. */
export function saidStep(call: Call): (string | Said)[] {
  const text = stepTextWith(
    call,
    (arg, i) => isSaid(arg) ? `${MARK}${i}${MARK}` : undefined,
  );
  return text.split(MARK).flatMap((piece, at): (string | Said)[] => {
    if (at % 2 === 0) return piece === "" ? [] : [piece];
    const i = Number(piece);
    return [{ ...formOf(call, i), value: call.args[i] as SlotName } as Said];
  });
}
