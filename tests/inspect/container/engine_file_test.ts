import { assertEquals } from "@std/assert";
import { readRootFile, readUserFile } from "../../../inspect/container/engine_file.ts";
import { EngineNames } from "../../../inspect/container/names.ts";
import { requires } from "../../requires.ts";
import { withFolder } from "../../support/folder.ts";

const uid = Deno.uid()!;

const mkfifo = (path: string): void => {
  new Deno.Command("mkfifo", { args: [path] }).outputSync();
};

Deno.test("readUserFile() reads a regular file of its owner, and nothing else", () =>
  withFolder((folder) => {
    const read = (path: string, owner = uid) => readUserFile(folder, path, owner, true);
    Deno.mkdirSync(`${folder}/a`);
    Deno.writeTextFileSync(`${folder}/a/file`, "text");
    assertEquals(read("a/file"), "text");
    assertEquals(read("a/file", uid + 1), undefined, "another's");
    Deno.symlinkSync("file", `${folder}/a/link`);
    assertEquals(read("a/link"), undefined);
    Deno.symlinkSync("a", `${folder}/folder`);
    assertEquals(read("folder/file"), undefined, "a link on the way");
    assertEquals(read("../../proc/self/stat"), undefined);
    assertEquals(read("a"), undefined, "a folder");
    assertEquals(read("none"), undefined);
    mkfifo(`${folder}/fifo`);
    assertEquals(read("fifo"), undefined, "a FIFO that nobody writes to");
    Deno.truncateSync(`${folder}/a/file`, 5 << 20);
    assertEquals(read("a/file"), undefined, "too large");
    assertEquals(readUserFile("/proc/self/root", "proc/self/stat", uid, true), undefined);
  }));

Deno.test(
  "readRootFile() reads a regular file of root",
  requires({ root: true }),
  () =>
    withFolder((folder) => {
      Deno.writeTextFileSync(`${folder}/file`, "text");
      assertEquals(readRootFile(`${folder}/file`), "text");
      Deno.chownSync(`${folder}/file`, 1000, 1000);
      assertEquals(readRootFile(`${folder}/file`), undefined);
      mkfifo(`${folder}/fifo`);
      assertEquals(readRootFile(`${folder}/fifo`), undefined);
      assertEquals(readRootFile("/dev/zero"), undefined);
      assertEquals(readRootFile(`${folder}/none`), undefined);
    }),
);

const ID = "cd".repeat(32);

/** Writes a file that is not there, and takes it away again with the folders made for it. */
function withFile(path: string, text: string, test: () => void): void {
  const made = path.split("/").slice(2).map((_, i) => path.split("/").slice(0, i + 2).join("/"))
    .find((folder) => {
      try {
        Deno.lstatSync(folder);
        return false;
      } catch {
        return true;
      }
    });
  try {
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
    test();
  } finally {
    Deno.removeSync(made ?? path, { recursive: true });
  }
}

Deno.test(
  "EngineNames has the names that containerd and machined leave",
  requires({ root: true }),
  () => {
    const bundle = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${ID}/config.json`;
    const annotations = {
      "io.kubernetes.cri.container-name": "web",
      "io.kubernetes.cri.sandbox-name": "web-1",
      "io.kubernetes.cri.sandbox-namespace": "default",
    };
    withFile(bundle, JSON.stringify({ annotations }), () => {
      const pod = { id: "of the cgroup", name: "web-1", namespace: "default" };
      const found = new EngineNames().named({ id: ID, pod: { id: "of the cgroup" } }, 0);
      assertEquals(found, { engine: "containerd", id: ID, name: "web", pod });
      const others = new EngineNames().named({ id: ID }, 4_000_000_000);
      assertEquals(others, { id: ID }, "a user's engine has no names from root's");
    });
    const machine = { name: "nido-test" };
    withFile(
      "/run/systemd/machines/nido-test",
      "SERVICE=systemd-nspawn\nCLASS=container\n",
      () =>
        assertEquals(new EngineNames().named(machine, 0), { ...machine, engine: "systemd-nspawn" }),
    );
    withFile(
      "/run/systemd/machines/nido-test",
      "SERVICE=other\nCLASS=vm\n",
      () => assertEquals(new EngineNames().named(machine, 0), undefined),
    );
    assertEquals(new EngineNames().named(machine, 0), machine);
    const outside = { name: "../../../etc/passwd" };
    assertEquals(new EngineNames().named(outside, 0), outside);
  },
);
