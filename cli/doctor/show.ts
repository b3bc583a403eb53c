/** The output of `nido doctor`, as text and JSON. */
import type { ProbeResult, Verdict } from "../../launch/probe/result.ts";
import type { MachineFacts } from "../../launch/probe/machine_facts.ts";
import type { Probed } from "../../launch/run/probe.ts";
import type { Look } from "../colour.ts";
import { wrapped } from "../text.ts";
import { lineOf, type Pen, type Span } from "../lines.ts";

const LOOKS: Readonly<Record<Verdict, Look>> = {
  works: "good",
  refused: "warn",
  "cannot tell": "doubt",
};

const VERDICT_WIDTH = "cannot tell".length + 2;
/** On narrower terminals the reasons are indented less. */
const NARROW = 60;

/** The lines about the machine and the caller. */
function facts(machine: MachineFacts): [string, string][] {
  const { user, uid, gid, privileged, kernel, noNewPrivs, seccomp, label, signs } = machine;
  return [
    ["caller", `${user} (${uid}), gid ${gid}, ${privileged ? "with" : "without"} CAP_SYS_ADMIN`],
    ["kernel", `Linux ${kernel}`],
    ["no_new_privs", noNewPrivs ? "yes: no program can add privileges" : "no"],
    ["seccomp", seccomp ? "a filter is at work" : "no filter"],
    ["security", label === null ? "no label of a security module" : label],
    ...signs.length > 0
      ? [["sandbox", `${signs.join(", ")}: what is refused here may be allowed outside`] as [
        string,
        string,
      ]]
      : [],
  ];
}

/** The first line of a result: what was tried. */
function tried({ name, does, verdict, why, needs }: ProbeResult, nameWidth: number): Span[] {
  return [
    { text: "  " },
    { text: verdict.padEnd(VERDICT_WIDTH), look: LOOKS[verdict] },
    { text: name.padEnd(nameWidth + 2), look: "bold" },
    needs === undefined ? { text: does } : { text: why ?? "", look: "dim" },
  ];
}

/** The lines below it: what is wrong, each behind its label. */
function wrongs(result: ProbeResult, margin: number): [label: string, text: string][] {
  const { verdict, message, step, code, why, remedy, needs } = result;
  if (verdict === "works" || needs !== undefined) return [];
  const said = step === undefined ? message : `${step} = ${code}`;
  const lines = [[step === undefined ? "said" : "step", said], ["why", why], ["try", remedy]];
  return lines.flatMap(([label, text]) =>
    text === undefined
      ? []
      : [[`${" ".repeat(margin)}${`${label}:`.padEnd(6)}`, text] as [string, string]]
  );
}

function summary(results: readonly ProbeResult[]): string {
  const number = (wanted: Verdict) => results.filter(({ verdict }) => verdict === wanted).length;
  const refused = number("refused");
  return `${number("works")} of ${results.length} work, ${refused} ${
    refused === 1 ? "is" : "are"
  } refused, ${number("cannot tell")} cannot be told from here`;
}

/**
 * The text.
 *
 * @param width In columns: descriptions are cut there, reasons are wrapped.
 */
export function doctorText(
  { machine, results }: Probed,
  pen: Pen,
  width: number,
): string {
  const known = facts(machine);
  const labels = Math.max(...known.map(([label]) => label.length)) + 2;
  const names = Math.max(...results.map(({ name }) => name.length));
  const margin = width < NARROW ? 4 : 2 + VERDICT_WIDTH;
  const lines: string[] = [];
  const add = (spans: readonly Span[], columns = Infinity): void => {
    lines.push(lineOf(spans, columns, pen).text.trimEnd());
  };
  /** Broken at words; further lines begin below the text. */
  const addWords = (label: string, text: string, look?: Look): void => {
    const [first, ...rest] = wrapped(label + text, width, label.length).split("\n");
    add([{ text: label, look }, { text: first!.slice(label.length) }]);
    for (const line of rest) add([{ text: line }]);
  };
  for (const [label, text] of known) addWords(label.padEnd(labels), text, "bold");
  for (const group of new Set(results.map(({ group }) => group))) {
    lines.push("");
    add([{ text: group, look: "bold" }]);
    for (const result of results.filter((one) => one.group === group)) {
      add(tried(result, names), width);
      for (const [label, text] of wrongs(result, margin)) addWords(label, text);
    }
  }
  lines.push("");
  addWords("", summary(results));
  return `${lines.join("\n")}\n`;
}

/** The JSON. Its keys are stable; missing values are null. */
export function doctorJson({ verdict, machine, results }: Probed): unknown {
  return {
    verdict,
    machine: {
      kernel: machine.kernel,
      arch: machine.arch,
      uid: machine.uid,
      gid: machine.gid,
      user: machine.user,
      cap_sys_admin: machine.privileged,
      uid_map: machine.uidMap,
      no_new_privs: machine.noNewPrivs,
      seccomp_filter: machine.seccomp,
      label: machine.label,
      masked: machine.masked,
      others_proc: machine.othersProc,
      cgroup: machine.cgroup,
      signs_of_sandbox: machine.signs,
    },
    results: results.map((result) => ({
      name: result.name,
      group: result.group,
      does: result.does,
      verdict: result.verdict,
      message: result.message ?? null,
      step: result.step ?? null,
      error: result.code ?? null,
      why: result.why ?? null,
      try: result.remedy ?? null,
      needs: result.needs ?? null,
    })),
  };
}
