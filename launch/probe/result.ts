/** Results of probes. Pure. */
import type { FailureReport } from "../../engine/report.ts";
import type { Probe, ProbeGroup } from "./probe.ts";
import type { MachineFacts } from "./machine_facts.ts";

/**
 * Whether something works for the caller, here. `cannot tell`: it was refused for a cause that cannot be
 * seen from here, or it was not tried because something that it needs does not work.
 */
export type Verdict = "works" | "refused" | "cannot tell";

/** The result of a probe. */
export interface ProbeResult {
  /**
   * Its name: a namespace type, a file system, an option of unshare(1). What was tried in a user
   * namespace of its own begins with `user+`.
   */
  readonly name: string;
  /** What kind of thing was tried. */
  readonly group: ProbeGroup;
  /** What was tried, in plain words. */
  readonly does: string;
  /** Whether it works. */
  readonly verdict: Verdict;
  /** What was refused: "mount proc failed". Absent if nothing was. */
  readonly message?: string;
  /** The system call that was refused, as strace(1) shows it. Absent if it was more than one, or a program failed. */
  readonly step?: string;
  /** The name of the error: "EPERM". Absent where no system call failed. */
  readonly code?: string;
  /** The one cause. Absent if it works. */
  readonly why?: string;
  /** The name of the probe that this one needs, and that does not work. */
  readonly needs?: string;
  /** The one command or change that mends it. Absent where there is none, or it is not known. */
  readonly remedy?: string;
}

/** How a probe ended. */
export type Outcome =
  | {
    readonly end: "ended";
    readonly code: number;
    readonly signal: string | null;
    readonly failure?: FailureReport;
    /** Its standard error, where programs such as newuidmap(1) say why they fail. */
    readonly said: string;
  }
  /** It could not be started, or did not end in time. */
  | { readonly end: "none"; readonly why: string };

type Finding = Omit<ProbeResult, "name" | "group" | "does">;

function refusal(failure: FailureReport, said: string, { signs }: MachineFacts): Finding {
  const { step, code, why, remedy } = failure;
  const around = signs.length === 0
    ? ""
    : `; ${signs.join(", ")}: what refuses it may be outside of a sandbox or container`;
  return {
    verdict: why === undefined ? "cannot tell" : "refused",
    message: code === "" && said !== "" ? said : failure.message,
    ...(step === undefined ? {} : { step }),
    ...(code === "" ? {} : { code }),
    why: why ?? `nothing that can be seen from here explains it${around}`,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** A failure without a call and without a program's message: the caller has no subordinate ids. */
function lack({ message, remedy }: FailureReport, { uidMap, signs }: MachineFacts): Finding {
  // A line in /etc/subuid is not enough where the user namespace does not have its ids.
  if (uidMap.length > 0 && uidMap.every(({ count }) => count < 65536)) {
    const why = `${message}; and ${
      signs.join(", ")
    }: whether a line is enough, only the outside knows`;
    return { verdict: "cannot tell", why };
  }
  return { verdict: "refused", why: message, ...(remedy === undefined ? {} : { remedy }) };
}

function finding(outcome: Outcome, machine: MachineFacts): Finding {
  if (outcome.end === "none") return { verdict: "cannot tell", why: outcome.why };
  const { code, signal, failure, said } = outcome;
  if (failure) {
    const isLack = failure.code === "" && failure.why === undefined && said === "";
    return isLack ? lack(failure, machine) : refusal(failure, said, machine);
  }
  if (signal === "SIGSYS") {
    return {
      verdict: "refused",
      message: "killed by SIGSYS",
      why: "a seccomp filter kills whoever makes one of the calls",
      remedy:
        "allow it outside: a container's --security-opt seccomp=..., or RestrictNamespaces=no",
    };
  }
  if (signal !== null) return { verdict: "cannot tell", why: `something killed it by ${signal}` };
  if (code === 0) return { verdict: "works" };
  return { verdict: "cannot tell", why: `it exited with status ${code}, and did not say why` };
}

/**
 * Why a probe need not be run: something that it needs does not work.
 *
 * @param before The results of the probes before it.
 */
export function obstacleTo(probe: Probe, before: readonly ProbeResult[]): ProbeResult | undefined {
  const { name, group, does, needs = [] } = probe;
  const missing = needs.flatMap((need) => before.find((result) => result.name === need) ?? [])
    .find(({ verdict }) => verdict !== "works");
  if (!missing) return undefined;
  const what = missing.verdict === "refused" ? "is refused" : "cannot be told";
  const why = `it needs ${missing.name}, which ${what}`;
  return { name, group, does, verdict: "cannot tell", needs: missing.name, why };
}

/** The result of a probe that was run. */
export function resultOf(
  { name, group, does }: Probe,
  outcome: Outcome,
  machine: MachineFacts,
): ProbeResult {
  return { name, group, does, ...finding(outcome, machine) };
}

/** Probes of what an administrator has to grant: they do not count for the verdict. */
const GRANTED: ReadonlySet<string | undefined> = new Set(["map-auto", "cgroup delegation"]);

/** The verdict on what an ordinary user may expect: refused if anything was, works if everything does. */
export function overall(results: readonly ProbeResult[]): Verdict {
  const expected = results.filter(({ name, needs }) => !GRANTED.has(name) && !GRANTED.has(needs));
  const has = (wanted: Verdict) => expected.some(({ verdict }) => verdict === wanted);
  return has("refused") ? "refused" : has("cannot tell") ? "cannot tell" : "works";
}
