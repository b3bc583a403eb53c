/** What commands say of real containers. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Box,
  ENGINES,
  NAME,
  requiresBox,
  startBox,
  type TestEngine,
} from "../support/engines.ts";
import { start } from "../inspect/start.ts";
import { exists, requires } from "../requires.ts";
import { cgroupFolders } from "../support/engine_ways.ts";
import { AS_USER } from "../support/nido.ts";
import { nido, UNSAFE } from "./run_nido.ts";

const said = async (words: readonly string[], under: readonly string[] = []): Promise<string> => {
  const { stdout, stderr, code } = await nido(words, { under });
  assertEquals(code, 0, stderr);
  return stdout;
};

async function check(engine: TestEngine, { pid, folder }: Box): Promise<void> {
  const [{ container, root, host_name }] =
    JSON.parse(await said(["pid", "--json", String(pid)])).processes;
  const known = engine.replace("rootless ", "");
  assertEquals(container.engine, known);
  const called = container.name ?? container.id;
  assertEquals(called, NAME);
  assertEquals(root, `${folder}/root`);
  // Of containerd without a network it is the machine's.
  const ownHost = engine !== "containerd";
  assertEquals(host_name !== null && host_name !== Deno.hostname(), ownHost);
  const text = await said(["pid", String(pid)]);
  const label = `${known} ${NAME}`;
  assertMatch(text, new RegExp(`^container +${label}(, id [0-9a-f]{12})?$`, "m"));
  if (ownHost) assertStringIncludes(text, `\nhost name     ${host_name}\n`);
  assertStringIncludes(text, `\nroot          ${folder}/root\n`);

  const columns = ["lsns", "-rn", "-t", "mnt", "-p", String(pid), "-o", "ENGINE,CONTAINER,CID"];
  const [first = "", name, id] = (await said(columns)).trimEnd().split(" ");
  assertEquals([first, name || id], [known, NAME]);

  const { stdout } = new Deno.Command("ps", { args: ["-o", "ppid=", "-p", String(pid)] })
    .outputSync();
  const parent = new TextDecoder().decode(stdout).trim();
  assertMatch(await said(["tree", parent]), new RegExp(`─ ${label}  `));
  assertStringIncludes(await said(["who", `/proc/${pid}/ns/mnt`]), ` of ${label}, `);
  assertStringIncludes(await said(["map"]), ` ${label}  `);
}

for (const engine of ENGINES) {
  Deno.test(
    `commands name a container of ${engine}`,
    await requiresBox(engine, {
      programs: ["ps"],
    }),
    async () => {
      await using box = await startBox(engine);
      await check(engine, box);
    },
  );
}

Deno.test(
  "a container of lxc has its own name where its cgroup has a number behind it",
  await requiresBox("lxc"),
  async () => {
    const folders = cgroupFolders().map((folder) => `${folder}/lxc.payload.${NAME}`);
    for (const folder of folders) Deno.mkdirSync(folder);
    try {
      await using box = await startBox("lxc");
      assertStringIncludes(
        Deno.readTextFileSync(`/proc/${box.pid}/cgroup`),
        `/lxc.payload.${NAME}-1\n`,
      );
      await check("lxc", box);
    } finally {
      for (const folder of folders.filter(exists)) Deno.removeSync(folder);
    }
  },
);

Deno.test(
  "an ordinary user sees of another's container what its cgroup says",
  await requiresBox(
    "podman",
  ),
  async () => {
    await using box = await startBox("podman");
    const { stdout } = await nido(["pid", "--json", String(box.pid)], { under: AS_USER });
    const [{ container, root, host_name, namespaces }] = JSON.parse(stdout).processes;
    assertEquals([root, host_name, namespaces], [null, null, null]);
    assertEquals([container.engine, container.name], ["podman", null]);
    assertMatch(container.id, /^[0-9a-f]{64}$/);
  },
);

Deno.test(
  "commands know bubblewrap by its traces",
  requires({
    programs: ["bwrap"],
    userNamespaces: true,
  }),
  async () => {
    const script = "echo ready; read x";
    const roots = [
      ["--ro-bind", "/", "/"],
      ["--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"]
        .concat("--symlink", "usr/lib64", "/lib64"),
    ];
    for (const root of roots) {
      await using box = await start([
        ...AS_USER,
        "bwrap",
        ...root,
        "--proc",
        "/proc",
        "sh",
        "-c",
        script,
      ]);
      const [{ container }] =
        JSON.parse(await said(["pid", "--json", String(box.childOf())], AS_USER))
          .processes;
      const { engine, name, id, pod } = container ?? {};
      assertEquals([engine, name, id, pod], ["bubblewrap", null, null, null]);
    }
  },
);

Deno.test("who is no container's is said to be in none", async () => {
  await using process = await start(["sh", "-c", "echo ready; read x"]);
  const [{ container, threads_elsewhere, root }] =
    JSON.parse(await said(["pid", "--json", String(process.pid)])).processes;
  assertEquals([container, threads_elsewhere, root], [null, [], "/"]);
  assert(
    !/^(container|root|host name|threads|clocks)/m.test(await said(["pid", String(process.pid)])),
  );
});

Deno.test(
  "the name that a container gives itself commands no terminal",
  requires({
    root: true,
    programs: ["unshare", "sh"],
  }),
  async () => {
    const name = "e\x1b]0;owned\x07\u202ex";
    const script = 'hostname "$0" 2>/dev/null || printf %s "$0" >/proc/sys/kernel/hostname; ' +
      "echo ready; read x";
    await using box = await start(["unshare", "-u", "sh", "-c", script, name]);
    const text = await said(["pid", String(box.pid)]);
    assertMatch(text, /^host name +e\\x1b/m);
    assert(!UNSAFE.test(text));
    assert(!UNSAFE.test(await said(["pid", "--json", String(box.pid)])));
  },
);
