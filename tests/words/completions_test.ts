/** Completions, as the shells themselves offer them. */
import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../cli/commands.ts";
import { explainedNames, launchingNames } from "../../cli/launchers.ts";
import { completableOption } from "../../cli/completions/commands.ts";
import { requires } from "../requires.ts";
import { run } from "../support/nido.ts";
import { offers, type Shell } from "./complete.ts";
import { nido } from "../cli/run_nido.ts";

const COMMAND_NAMES = Object.keys(COMMANDS);

/** Everything that is offered, but for what goes before `=`, a comma, + or the last slash. */
const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["nido ", COMMAND_NAMES],
  ["nido uns", ["unshare"]],
  ["nido --", ["--help", "--version"]],
  ["nido no-such-command ", []],
  ["nido unshare --mount", ["--mount", "--mount-proc", "--mount-binfmt"]],
  ["nido unshare --mount=/pro", ["proc"]],
  ["nido unshare --propagation ", ["private", "shared", "slave", "unchanged"]],
  ["nido unshare --propagation=sh", ["shared"]],
  ["nido unshare --kill-child=TS", ["TSTP"]],
  ["nido unshare --map-user roo", ["root"]],
  ["nido unshare --setgroups a", ["allow"]],
  ["nido unshare --root /pro", ["proc"]],
  ["nido unshare -R /pro", ["proc"]],
  ["nido unshare -fR /pro", ["proc"]],
  ["nido unshare --whitelist-env HOME,PAT", ["PATH"]],
  // From here on it is another program's line.
  ["nido unshare -Ur mktem", ["mktemp"]],
  ["nido unshare -UrR /usr mktem", ["mktemp"]],
  ["nido unshare -R/usr -- mktem", ["mktemp"]],
  ["nido bwrap --unshare-c", ["--unshare-cgroup", "--unshare-cgroup-try"]],
  ["nido bwrap --ro-bind /pro", ["proc"]],
  ["nido bwrap --ro-bind / /pro", ["proc"]],
  ["nido bwrap --overlay / / /pro", ["proc"]],
  ["nido bwrap --setenv A b --unshare-ip", ["--unshare-ipc"]],
  ["nido run --ro-bind / / --unshare-all mktem", ["mktemp"]],
  ["nido explain ", explainedNames()],
  ["nido explain enter --to", ["--tools"]],
  ["nido freeze ", launchingNames()],
  ["nido freeze unshare --map-r", ["--map-root-user"]],
  ["nido explain --js", ["--json"]],
  ["nido explain unshare --map-r", ["--map-root-user"]],
  ["nido explain -J unshare -U --fork mktem", ["mktemp"]],
  ["nido lsns --output NS,TY", ["TYPE"]],
  ["nido lsns -o +NET", ["NETNSID"]],
  ["nido lsns -t u", ["user", "uts"]],
  ["nido lsns --tree=o", ["owner"]],
  ["nido lsns -t pid --nohe", ["--noheadings"]],
  ["nido tree --type=pid,u", ["user", "uts"]],
  ["nido tree --color=a", ["auto", "always"]],
  ["nido tree 1 --ar", ["--arguments"]],
  ["nido who /pro", ["proc"]],
  ["nido map --svg /pro", ["proc"]],
  ["nido help ", COMMAND_NAMES],
  ["nido help expl", ["explain"]],
  ["nido completions ", ["bash", "zsh", "fish"]],
];

/** nido's own completions again: bash can do so only with the bash-completion package. */
const NESTED: typeof LINES = [
  ["nido unshare --wd=/usr nido lsns --ra", ["--raw"]],
  ["nido unshare -w /usr nido explain unshare --map-r", ["--map-root-user"]],
  ["nido unshare -Ur --root=/usr kill -TER", ["-TERM"]],
];

/** The names by which nido is what util-linux has. */
const LINKS: typeof LINES = [
  ["unshare --mount", ["--mount", "--mount-proc", "--mount-binfmt"]],
  ["unshare --propagation=sh", ["shared"]],
  ["unshare -UrR /usr mktem", ["mktemp"]],
  ["nsenter --forward-s", ["--forward-signals"]],
  ["bwrap --ro-bind / / --proc /pro", ["proc"]],
  ["lsns -t pid,u", ["user", "uts"]],
  ["lsns -o +NET", ["NETNSID"]],
];

const core = (word: string): string => word.replace(/\/$/, "").replace(/^.*[=,/]|^\+/, "");

const NS = Deno.readLinkSync("/proc/self/ns/mnt").match(/\d+/)![0];
const PID_LINES = [`nido pid ${Deno.pid}`, `nido tree -a ${Deno.pid}`, `nido pid --in ${Deno.pid}`];
const NS_LINES = [`nido who ${NS}`, `nido lsns -n ${NS}`, `lsns ${NS}`];
const OPTION_LINES = COMMAND_NAMES.map((name) => `nido ${name} --`);

const linesFor = (shell: Shell): typeof LINES => shell === "bash" ? LINES : [...LINES, ...NESTED];

const offeredBy = new Map<Shell, ReturnType<typeof offers>>();

/** What a shell offers for all lines, which are typed into one: it takes long to start. */
function offeredIn(shell: Shell): ReturnType<typeof offers> {
  const compared = [...linesFor(shell), ...LINKS].map(([line]) => line);
  const lines = [...compared, ...PID_LINES, ...NS_LINES, ...OPTION_LINES];
  const offered = offeredBy.get(shell) ?? offers(shell, lines);
  offeredBy.set(shell, offered);
  return offered;
}

function compare(
  shell: Shell,
  lines: typeof LINES,
  offered: Map<string, Set<string>>,
): void {
  for (const [line, expected] of lines) {
    const found = [...new Set([...offered.get(line) ?? []].map(core))].filter(Boolean);
    assertEquals(found.sort(), [...expected].sort(), `${shell}: ${line}`);
  }
}

Deno.test("completableOption() takes the kind of a value from what help shows of it", () => {
  const kinds: Record<string, unknown> = { "file|:id": "file", "pid[:inode]": "pid", dir: "dir" };
  for (const [shown, kind] of Object.entries(kinds)) {
    const option = { long: "x", value: "optional", shown, help: "" } as const;
    assertEquals(completableOption(option).choice, kind);
    assertEquals(completableOption({ ...option, values: ["a", "b"] }).choice, ["a", "b"]);
  }
  assertEquals(completableOption({ long: "x", shown: "uid|name", help: "" }).choice, undefined);
});

for (const shell of ["bash", "zsh", "fish"] as const) {
  Deno.test(
    `${shell} completes nido's lines`,
    requires({ programs: [shell] }),
    async () => compare(shell, linesFor(shell), await offeredIn(shell)),
  );

  Deno.test(
    `${shell} completes the lines of unshare, nsenter and lsns`,
    requires({ programs: [shell] }),
    async () => compare(shell, LINKS, await offeredIn(shell)),
  );

  Deno.test(`${shell} completes PIDs and namespaces`, requires({ programs: [shell] }), async () => {
    const offered = await offeredIn(shell);
    for (const line of PID_LINES) assert(offered.get(line)?.has(String(Deno.pid)), line);
    for (const line of NS_LINES) assert(offered.get(line)?.has(NS), line);
  });

  Deno.test(`${shell} is given every option`, requires({ programs: [shell] }), async () => {
    const offered = await offeredIn(shell);
    for (const name of COMMAND_NAMES) {
      const { options } = await COMMANDS[name]!.manual();
      // zsh and fish offer long options with a value as --mount and --mount= both.
      const found = [...offered.get(`nido ${name} --`)!].map((word) => word.replace(/=$/, ""));
      assertEquals([...new Set(found)].sort(), options.map(({ long }) => `--${long}`).sort(), name);
    }
  });
}

Deno.test(
  "fish completes nido's lines where ? is no wildcard, as in fish 4",
  requires({ programs: ["fish"] }),
  async () => {
    const env = { fish_features: "qmark-noglob" };
    compare("fish", LINES, await offers("fish", LINES.map(([line]) => line), env));
  },
);

Deno.test(
  "bash completes nido's lines, and other programs', with the bash-completion package",
  requires({ programs: ["bash", "/usr/share/bash-completion/bash_completion"] }),
  async () => {
    const lines = [...LINES, ...NESTED];
    compare(
      "bash",
      lines,
      await offers("bash", lines.map(([line]) => line), { WITH_PACKAGE: "1" }),
    );
  },
);

Deno.test(
  "shellcheck(1) has nothing against the completions for bash",
  requires({ programs: ["shellcheck"] }),
  async () => {
    const { stdout } = await nido(["completions", "bash"]);
    const checked = await run(["shellcheck", "--shell=bash", "-"], { stdin: stdout });
    assertEquals([checked.stdout, checked.stderr], ["", ""]);
  },
);
