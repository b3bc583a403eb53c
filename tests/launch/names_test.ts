// Names of users and groups: who starts the launch has the files that they are looked up in.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { unshare } from "../../cli/unshare.ts";
import { frozenBytes } from "../../launch/freeze.ts";
import { Command, LaunchError } from "../../mod.ts";
import { requires } from "../requires.ts";
import { inOwnEtc } from "../support/etc.ts";
import { AS_USER, type Outcome, quote, shell, USER_ID } from "../support/nido.ts";

const IDS = ["sh", "-c", "awk '{print $1, $2, $3}' /proc/self/uid_map /proc/self/gid_map"];

/** Gives the path of what `nido freeze unshare …words` writes. */
async function withFrozen<T>(
  words: readonly string[],
  use: (path: string) => Promise<T>,
): Promise<T> {
  const spec = unshare.parse(words);
  if (typeof spec === "string") throw new TypeError(`--${spec} launches nothing`);
  const folder = Deno.makeTempDirSync({ prefix: "nido-names-" });
  try {
    Deno.chmodSync(folder, 0o755);
    Deno.writeFileSync(`${folder}/frozen`, frozenBytes(spec, Deno.build.arch), { mode: 0o755 });
    return await use(`${folder}/frozen`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Runs such a file as root and as an ordinary user, where these are /etc/passwd and /etc/group. */
function start(
  words: readonly string[],
  { passwd = "", group = "" }: { readonly passwd?: string; readonly group?: string },
): Promise<readonly [root: Outcome, user: Outcome]> {
  return withFrozen([...words, ...IDS], async (path) => {
    const as = async (command: readonly string[]) =>
      await shell(
        inOwnEtc(`printf %s ${quote([passwd])} >/etc/passwd; printf %s ${quote([group])} >/etc/group
          ${quote([...command, path])}`),
      );
    return [await as([]), await as(AS_USER)] as const;
  });
}

const ROOT = requires({ root: true, userNamespaces: true });

Deno.test("a frozen file finds names in the files of who starts it", ROOT, async () => {
  const found = async (passwd: string, group: string): Promise<string> => {
    const [root, user] = await start(["--map-user=ann", "--map-group=staff"], { passwd, group });
    assertEquals([root.stderr, user.stderr], ["", ""]);
    const lines = root.stdout.trimEnd().split("\n");
    // Only the outside ids are others.
    const others = lines.map((line) => line.replace(/ 0 1$/, ` ${USER_ID} 1`));
    assertEquals(user.stdout.trimEnd().split("\n"), others);
    return lines.map((line) => line.split(" ")[0]).join(" ");
  };
  const group = "staff:x:50:\n";
  assertEquals(await found("root:x:0:0::/:/bin/sh\nann:x:42:7::/:/bin/sh\n", group), "42 50");
  assertEquals(await found("ann:x:42:7::/:", "staff:x:50"), "42 50");
  // The whole name, at the beginning of a line; the first that has an id.
  assertEquals(await found("anna:x:1:::\nxann:x:2:::\nan:x:3:::\nann:x:4:::\n", group), "4 50");
  assertEquals(await found("x:ann:9:::\n:ann:x:8\nann:x:4:::\nann:x:5:::\n", group), "4 50");
  assertEquals(await found("ann\nann:\nann:x:y:\nann:x::\nann:x:0004:\n", group), "4 50");
  assertEquals(await found("ann:x:4294967295:\nann:x:4294967294:\n", group), "4294967294 50");
});

Deno.test("what is no name there is said before anything is changed", ROOT, async () => {
  const said = async (
    words: readonly string[],
    files: { readonly passwd?: string; readonly group?: string },
  ): Promise<string> => {
    const [root, user] = await start(words, files);
    assertEquals([root.code, root.stdout, user.code, user.stdout], [1, "", 1, ""]);
    assertEquals(user.stderr, root.stderr);
    return root.stderr;
  };
  assertEquals(
    await said(["--map-user=ann b"], { passwd: "ann:x:1:1::/:\n" }),
    "unshare: failed to parse uid 'ann b': Invalid argument\n" +
      "  why:  no user 'ann b' in /etc/passwd\n" +
      "  try:  give the id: id -u NAME prints it where another source has the name\n",
  );
  assertEquals(
    await said(["--map-group=staff"], { passwd: "staff:x:1:1::/:\n", group: "root:x:0:staff\n" }),
    "unshare: failed to parse gid 'staff': Invalid argument\n" +
      "  why:  no group 'staff' in /etc/group\n" +
      "  try:  give the id: getent group NAME prints it where another source has the name\n",
  );
  for (
    const line of ["ann", "ann:x", "ann:x:1x:", "ann:x:-1:", "ann:x:4294967295:", "ann:x: 1:"]
  ) {
    const why = line === "ann"
      ? "  why:  no user 'ann' in /etc/passwd\n"
      : "  why:  line 2 of /etc/passwd has no uid\n";
    assertStringIncludes(await said(["--map-user=ann"], { passwd: `root:x:0:\n${line}\n` }), why);
  }
  // A name could do no harm in a terminal.
  const escaped = await said(["--map-user=a\x1b[31m"], {});
  assertStringIncludes(escaped, "failed to parse uid 'a\\x1b[31m': Invalid argument\n");
});

Deno.test("without the files there are no names", ROOT, async () => {
  await withFrozen(["--map-user=root"], async (path) => {
    for (const command of [[path], [...AS_USER, path]]) {
      const { code, stderr } = await shell(inOwnEtc(`rm /etc/passwd; ${quote(command)}`));
      assertEquals([code, stderr], [
        1,
        "unshare: failed to parse uid 'root': Invalid argument\n" +
        "  why:  there is no /etc/passwd, or it may not be read\n",
      ]);
    }
  });
});

Deno.test("digits are an id, and not looked up", ROOT, async () => {
  const [root] = await start(["--map-user=7"], { passwd: "7:x:8:8::/:\n" });
  assertEquals([root.stdout, root.stderr], ["7 0 1\n", ""]);
});

Deno.test("without a program it is the shell of the user who is named", ROOT, async () => {
  await withFrozen(["--map-user=ann"], async (path) => {
    const { stdout, stderr } = await shell(inOwnEtc(`unset SHELL
      echo ann:x:4242:4242::/:/bin/echo >>/etc/passwd; ${quote([path, "this"])}`));
    assertEquals([stdout, stderr], ["this\n", ""]);
  });
});

Deno.test(
  "a Command has names, too, beside ranges or alone",
  requires({ userNamespaces: true }),
  async () => {
    const output = async (mapUser: { name: string }) => {
      const options = { args: IDS.slice(1), mapUser, mapGroup: { name: "daemon" } };
      const { stdout } = await new Command("sh", options).output();
      return new TextDecoder().decode(stdout);
    };
    assertEquals(await output({ name: "daemon" }), `1 ${Deno.uid()} 1\n1 ${Deno.gid()} 1\n`);
    const error = await output({ name: "nosuch" }).catch((error) => error);
    assertEquals(error instanceof LaunchError, true);
    assertStringIncludes(error.message, "failed to parse uid 'nosuch'");
  },
);
