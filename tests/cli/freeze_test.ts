// `nido freeze` as a program: what it writes, where, and what it refuses.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { unshare } from "../../cli/unshare.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { planSteps, stepsText } from "../../engine/print.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, nido as command, type Outcome, run, shell } from "../support/nido.ts";
import { nido, UNSAFE } from "./run_nido.ts";
import { withFolder } from "../support/folder.ts";

const freeze = (...words: readonly string[]): Promise<Outcome> => nido(["freeze", ...words]);

/** The names in a folder: a failure leaves nothing. */
const names = (folder: string): string[] =>
  Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();

async function assertRefused(words: readonly string[], expected: string): Promise<void> {
  const { code, stdout, stderr } = await freeze(...words);
  assertEquals([code, stdout, stderr.split("\n")[0]], [1, "", `nido freeze: ${expected}`]);
}

Deno.test("nido freeze writes a program that does what the command does", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/launch`;
    const words = ["sh", "-c", 'echo "$0 $*"; exit 7', "zero", "one"];
    const made = await freeze("-o", path, "unshare", "--fork", ...words);
    assertEquals([made.code, made.stdout, made.stderr], [0, "", ""]);
    assertEquals(names(folder), ["launch"]);
    const { code, stdout } = await run([path, "two"]);
    assertEquals([code, stdout], [7, "zero one two\n"]);
  });
});

Deno.test("the same command is the same bytes, whoever freezes it, where and with what", async () => {
  await withFolder(async (folder) => {
    const line = "unshare -r --map-auto --mount-proc -pf --whitelist-env=HOME,PATH sh -c 'exit 3'";
    const script = [
      `cd / && umask 077 && ${command} freeze -o "$1/one" ${line}`,
      `cd "$1" && umask 022 && env -u SHELL PATH="$PATH:/other" A=b ${command} freeze -o two ${line}`,
      `"$@" ${command} freeze -o - ${line} >three`,
    ];
    const { code, stderr } = await shell(
      `${script[0]} && ${script[1]} && shift && ${script[2]}`,
      [folder, ...AS_USER, ...AS_USER.length ? [] : ["env"]],
      { cwd: folder },
    );
    assertEquals([code, stderr], [0, ""]);
    const [one, two, three] = ["one", "two", "three"].map((name) =>
      Deno.readFileSync(`${folder}/${name}`)
    );
    assertEquals(one, two);
    assertEquals(one, three);
    const modes = ["one", "two"].map((name) => Deno.statSync(`${folder}/${name}`).mode! & 0o7777);
    assertEquals(modes, [0o700, 0o755]);
  });
});

Deno.test(
  "--arch chooses the processor",
  requires({ programs: ["qemu-aarch64-static"] }),
  async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/launch`;
      await freeze("-o", path, "--arch", "aarch64", "unshare", "sh", "-c", "echo frozen $1", "sh");
      const { code, stdout } = await run(["qemu-aarch64-static", path, "given"]);
      assertEquals([code, stdout], [0, "frozen given\n"]);
      assertEquals(new DataView(Deno.readFileSync(path).buffer).getUint16(18, true), 183);
      assertStringIncludes((await freeze("-al", path)).stdout, 'execve("<folder>/sh", ["sh", ');
    });
    await assertRefused(
      ["-o", "x", "--arch", "arm64", "unshare", "true"],
      "unknown processor 'arm64'; there are x86_64 and aarch64",
    );
  },
);

Deno.test("--list prints the plan that is in the file", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/launch`;
    const words = ["-Urpf", "--mount-proc", "--map-auto", "sh", "-c", "echo ä"];
    await freeze("-o", path, "unshare", ...words);
    const spec = unshare.parse(words);
    assert(typeof spec !== "string");
    const [text, asJson] = [await freeze("--all", "--list", path), await freeze("-aJl", path)];
    assertEquals([text.code, text.stderr, text.stdout], [
      0,
      "",
      stepsText(planSteps(frozenPlan(spec))),
    ]);
    assertEquals(JSON.parse(asJson.stdout), planSteps(frozenPlan(spec)));
  });
});

Deno.test("--list prints what the file would do here", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/launch`;
    await freeze("-o", path, "unshare", "-Urpf", "--mount-proc", "sh", "-c", "echo ä");
    const { stdout, stderr } = await freeze("--list", path);
    assertEquals(stderr, "");
    assertStringIncludes(stdout, "unshare(CLONE_NEWNS|CLONE_NEWUSER|CLONE_NEWPID)");
    assertStringIncludes(stdout, 'sh", ["sh", "-c", "echo \\303\\244"], <environ>)\n');
  });
});

Deno.test("--list lets no file command a terminal", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/launch`;
    await freeze("-o", path, "unshare", "--wd", "/tmp", "true");
    const file = Array.from(Deno.readFileSync(path), (byte) => String.fromCharCode(byte)).join("");
    // Notes are texts of the file's author.
    const hostile = file.replace("start in this directory", "\x1b]0;owned\x07\\u001b[2Jhere!");
    Deno.writeFileSync(path, Uint8Array.from(hostile, (char) => char.charCodeAt(0)));
    const damaged = await freeze("--list", path);
    assertEquals([damaged.code, damaged.stdout, UNSAFE.test(damaged.stderr)], [1, "", false]);
    const escaped = file.replace("start in this directory", "\\u001b[2J\\u202e\\nhere!");
    Deno.writeFileSync(path, Uint8Array.from(escaped, (char) => char.charCodeAt(0)));
    const listed = await freeze("--list", path);
    assertStringIncludes(listed.stdout, "\\x1b[2J");
    assertEquals([listed.code, UNSAFE.test(listed.stdout)], [0, false]);
  });
});

Deno.test("--list refuses a file that starts elsewhere than at nido's code", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/launch`;
    await freeze("-o", path, "unshare", "true");
    const file = Deno.readFileSync(path);
    new DataView(file.buffer).setUint32(24, 0x401000, true); // e_entry
    Deno.writeFileSync(path, file);
    const why = "its headers are not those that nido writes";
    await assertRefused(
      ["--list", path],
      `${path} is not what nido freeze has written: ${why}`,
    );
  });
});

Deno.test("--list says why a file is none of freeze's", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/file`;
    Deno.writeTextFileSync(path, "#!/bin/sh\n");
    await assertRefused(
      ["--list", path],
      `${path} is not what nido freeze has written: it is no ELF file`,
    );
    await assertRefused(["--list", folder], `cannot read ${folder}: it is a directory`);
    await assertRefused(["--list", "/dev/zero"], "cannot read /dev/zero: it is no regular file");
    const { code, stderr } = await freeze("--list", `${folder}/none`);
    assertEquals([code, stderr], [
      1,
      `nido freeze: cannot read ${folder}/none: No such file or directory\n`,
    ]);
  });
});

Deno.test("a program is replaced as a whole, while it runs too", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/launch`;
    const first = [
      "unshare",
      "sh",
      "-c",
      `echo one; ${command} freeze -o ${path} unshare echo two`,
    ];
    assertEquals((await freeze("-o", path, ...first)).stderr, "");
    const { code, stdout, stderr } = await run([path]);
    assertEquals([code, stdout, stderr], [0, "one\n", ""]);
    assertEquals((await run([path])).stdout, "two\n");
    assertEquals(names(folder), ["launch"]);
  });
});

Deno.test("what is no regular file is not replaced, and links are not followed", async () => {
  await withFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/precious`, "precious");
    Deno.symlinkSync("precious", `${folder}/link`);
    Deno.symlinkSync("nowhere", `${folder}/dangling`);
    Deno.mkdirSync(`${folder}/directory`);
    await run(["mkfifo", `${folder}/fifo`]);
    const before = names(folder);
    const isLink = "it is a symbolic link: name the file itself";
    const reasons = {
      link: isLink,
      dangling: isLink,
      directory: "it is a directory",
      fifo: "it is no regular file",
    };
    for (const [name, reason] of Object.entries(reasons)) {
      const path = `${folder}/${name}`;
      await assertRefused(["-o", path, "unshare", "true"], `cannot write ${path}: ${reason}`);
    }
    assertEquals(names(folder), before);
    assertEquals(Deno.readTextFileSync(`${folder}/precious`), "precious");
  });
});

Deno.test("a folder that is not there, or must not be written to, is named", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/none/launch`;
    const missing = await freeze("-o", path, "unshare", "true");
    assertEquals([missing.code, missing.stderr], [
      1,
      `nido freeze: cannot write ${path}: No such file or directory\n`,
    ]);
    const denied = await run([
      ...AS_USER,
      ...NIDO,
      "freeze",
      "-o",
      "/proc/1/launch",
      "unshare",
      "true",
    ]);
    assertEquals(denied.code, 1);
    assertStringIncludes(denied.stderr, "nido freeze: cannot write /proc/1/launch: ");
  });
});

Deno.test("nido freeze refuses what makes no sense, and writes nothing then", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/launch`;
    await assertRefused(["unshare", "true"], "where to? Name a file: -o FILE");
    await assertRefused(["-o", path], "which command is to be frozen?");
    await assertRefused(
      ["-o", path, "lsns"],
      "'lsns' launches no program: there is nothing to freeze",
    );
    await assertRefused(
      ["-o", path, "enter", "web"],
      "'enter' looks for its container when it is started: freeze the line that nido enter --show prints",
    );
    await assertRefused(["-o", path, "--json", "unshare", "true"], "--json needs --list");
    await assertRefused(
      ["--list", path, "--arch=aarch64"],
      "--list takes one file, its arguments, and no other options than --all and --json",
    );
    await assertRefused(
      ["--list", path, "--open"],
      "--list takes one file, its arguments, and no other options than --all and --json",
    );
    await assertRefused(["-o", path, "unshare", "--setuid=x"], "failed to parse uid: 'x'");
    await assertRefused(
      ["-o", path, "unshare", "--monotonic=1", "true"],
      "options --monotonic and --boottime require unsharing of a time namespace (-T)",
    );
    assertEquals(names(folder), []);
  });
});

Deno.test(
  "a program is not written to a terminal",
  requires({ programs: ["script"] }),
  async () => {
    const line = `${command} freeze -o - unshare true`;
    const { stdout } = await run(["script", "-qec", line, "/dev/null"]);
    assertStringIncludes(stdout, "nido freeze: a program is nothing for a terminal");
  },
);

Deno.test("nido freeze --help says what the program finds out itself", async () => {
  const { code, stdout } = await freeze("--help");
  assertEquals(code, 0);
  for (
    const word of [
      "--output <file>",
      "--arch <arch>",
      "--list <file>",
      "user and group id",
      "no proof",
    ]
  ) {
    assertStringIncludes(stdout, word);
  }
});
