// What a plan finds out about its caller at run time, on both architectures.

import { assertEquals } from "@std/assert";
import type { Arch } from "../../ffi/machine/machine.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { type Given, runPlan, runs } from "../machine/run_image.ts";
import { ARCHS } from "../machine/run_image.ts";
import { type Asked, specOf } from "./specs.ts";

function testBoth(name: string, check: (arch: Arch) => Promise<void>): void {
  for (const arch of ARCHS) Deno.test(`${arch}: ${name}`, runs(arch), () => check(arch));
}

/** Runs a frozen launch. */
async function launch(asked: Asked, arch: Arch, given: Given): Promise<string> {
  const { code, stdout, stderr } = await runPlan(frozenPlan(specOf(asked)), arch, given);
  return `${code} ${new TextDecoder().decode(stdout)}${stderr}`;
}

const sh = (script: string): Asked => ({ program: "sh", argv: ["sh", "-c", script, "sh"] });

testBoth("arguments of the file are behind those of the spec", async (arch) => {
  const words = sh('for word; do printf "<%s>" "$word"; done; printf %s "$A"');
  const run = (args: readonly string[]) => launch(words, arch, { args, env: { A: "b" } });
  assertEquals(await run([]), "0 b");
  assertEquals(await run(["one"]), "0 <one>b");
  assertEquals(await run(["", "a b", "*", "ä\n"]), "0 <><a b><*><ä\n>b");
  const many = Array.from({ length: 1000 }, (_, i) => `${i}`);
  assertEquals(await run(many), `0 ${many.map((word) => `<${word}>`).join("")}b`);
});

testBoth("hundreds of frozen arguments stand in front", async (arch) => {
  const frozen = Array.from({ length: 600 }, (_, i) => `${i}`);
  const asked = { program: "/bin/echo", argv: ["echo", ...frozen] };
  assertEquals(await launch(asked, arch, { args: ["end"] }), `0 ${frozen.join(" ")} end\n`);
});

testBoth("a script without #! has its arguments too", async (arch) => {
  await withScript(async (folder) => {
    const asked = { program: "nido-script", argv: ["nido-script", "one"] };
    const given = { args: ["two", ""], env: { PATH: `/nowhere:${folder}` } };
    assertEquals(await launch(asked, arch, given), "0 one,two,,\n");
    const path = { program: `${folder}/nido-script`, argv: ["nido-script"] };
    assertEquals(await launch(path, arch, { args: ["two"] }), "0 two,\n");
  });
});

async function withScript(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-test-" });
  try {
    Deno.writeTextFileSync(`${folder}/nido-script`, 'printf "%s," "$@"; echo\n', { mode: 0o755 });
    Deno.mkdirSync(`${folder}/denied/nido-script`, { recursive: true });
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

testBoth("a name is searched in PATH as execvp(3) does", async (arch) => {
  await withScript(async (folder) => {
    const asked = { program: "nido-script", argv: ["nido-script", "x"] };
    const run = (PATH?: string) =>
      launch(asked, arch, { env: PATH === undefined ? {} : { PATH }, cwd: folder });
    const found = "0 x,\n";
    const missing = "127 unshare: failed to execute nido-script: No such file or directory\n";
    const denied = "126 unshare: failed to execute nido-script: Permission denied\n" +
      "  why:  nido-script, in folder 1 of PATH, is a directory\n  try:  name a program in it\n";
    assertEquals(await run(folder), found);
    // An empty folder is the working directory: first, in the middle, last, alone.
    for (const path of [":/x", "/x::/y", "/x:", ""]) assertEquals(await run(path), found, path);
    // Not there, no directory, and not allowed: it goes on.
    assertEquals(await run(`/nowhere:/etc/passwd:${folder}/denied:${folder}`), found);
    assertEquals(await run("/nowhere"), missing);
    assertEquals(await run("/x:/y"), missing);
    assertEquals(await run(`${folder}/denied:/nowhere`), denied);
    assertEquals(await run(), missing);
    assertEquals(
      await run(`/${"x".repeat(300)}:${folder}`),
      `126 unshare: failed to execute nido-script: File name too long\n`,
    );
  });
});

testBoth("without PATH a program is searched where execvp(3) does", async (arch) => {
  assertEquals(await launch({ program: "echo", argv: ["echo", "found"] }, arch, {}), "0 found\n");
});

testBoth("variables are kept by their whole names, in the order of the names", async (arch) => {
  const env = { PATH: "/usr/bin:/bin", B: "2", AB: "3", A: "1=1", LONG: "x".repeat(100_000) };
  const run = (asked: Asked) => launch({ program: "env", argv: ["env"], ...asked }, arch, { env });
  assertEquals(
    await run({ whitelistEnv: ["A", "none", "B", "PATH"] }),
    "0 A=1=1\nB=2\nPATH=/usr/bin:/bin\n",
  );
  assertEquals(await run({ whitelistEnv: ["B"] }), "0 B=2\n");
  assertEquals(await run({ clearEnv: true }), "0 ");
  assertEquals(await run({ whitelistEnv: ["none"] }), "0 ");
});

testBoth("without a program the shell is SHELL's, the account's, or /bin/sh", async (arch) => {
  const run = async (env: Record<string, string>, asked: Asked = {}) => {
    const { program: _, ...spec } = specOf({ argv: [], ...asked });
    const given = { args: ["-c", 'echo "$0 $*"', "name", "x"], env };
    const { code, stdout, stderr } = await runPlan(frozenPlan(spec), arch, given);
    return `${code} ${new TextDecoder().decode(stdout)}${stderr}`;
  };
  const echo = { SHELL: "/bin/echo" };
  assertEquals(await run(echo), '0 -c echo "$0 $*" name x\n');
  assertEquals(await run({ SHELL: "/bin/sh" }), "0 name x\n");
  assertEquals(await run({ SHELL: "" }), "0 name x\n");
  assertEquals(await run({}), "0 name x\n");
  assertEquals(await run(echo, { clearEnv: true }), "0 name x\n");
  assertEquals(await run(echo, { whitelistEnv: ["SHELL"] }), '0 -c echo "$0 $*" name x\n');
  const missing = "No such file or directory\n";
  assertEquals(
    await run({ SHELL: "/nowhere/sh" }),
    `127 unshare: failed to execute /nowhere/sh: ${missing}`,
  );
  assertEquals(
    await run({ SHELL: "/\x1b]0;owned\x07\x7f\n\\x41\\y\u009b~ " }),
    `127 unshare: failed to execute /\\x1b]0;owned\\x07\\x7f\\x0a\\x5cx41\\y\\xc2\\x9b~ : ${missing}`,
  );
  const longest = `/${"x".repeat(4094)}`;
  const long = "File name too long\n";
  assertEquals(await run({ SHELL: longest }), `126 unshare: failed to execute ${longest}: ${long}`);
  assertEquals(
    await run({ SHELL: `${longest}x` }),
    `126 unshare: failed to execute the shell: ${long}`,
  );
});

testBoth("a login shell is called by its name with a dash", async (arch) => {
  const { program: _, ...spec } = specOf({ argv: ["-c", "echo $0"] });
  const { stdout } = await runPlan(frozenPlan(spec), arch, { env: { SHELL: "/bin/sh" } });
  // qemu starts programs by their path.
  const name = new TextDecoder().decode(stdout);
  assertEquals(name, "-sh\n");
});

testBoth("what fails is said as for a known caller", async (arch) => {
  const run = (asked: Asked) => launch(asked, arch, {});
  assertEquals(
    await run({ root: "/no such root" }),
    "1 unshare: cannot change root directory to '/no such root': No such file or directory\n" +
      '  step: chroot("/no such root") = ENOENT\n',
  );
  assertEquals(
    await run({ program: "/etc" }),
    "126 unshare: failed to execute /etc: Permission denied\n" +
      "  why:  /etc is a directory\n  try:  name a program in it\n",
  );
  assertEquals(
    await run({ wd: "/etc/passwd" }).then((text) => text.split("\n")[0]),
    "1 unshare: cannot change directory to /etc/passwd: Not a directory",
  );
});
