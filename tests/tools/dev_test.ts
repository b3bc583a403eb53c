import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exists } from "@std/fs";
import { requires } from "../requires.ts";
import { BASE, withRepository as withProgram } from "./repository.ts";

// ./dev runs here on a program of a few lines in place of nido, in a repository of its own.

const PROGRAM = `
import { parseArgs } from "@std/cli";
const [what, ...rest] = Deno.args;
if (what === "args") console.log(JSON.stringify([Deno.cwd(), rest, typeof parseArgs]));
if (what === "exit") Deno.exit(Number(rest[0]));
if (what === "pid") console.log(Deno.pid);
if (what === "cat") await Deno.stdin.readable.pipeTo(Deno.stdout.writable);
if (what === "kill") Deno.kill(Deno.pid, "SIGTERM"), await new Promise((go) => setTimeout(go, 9999));
if (what === "env") console.log(JSON.stringify(Deno.env.toObject()));
`;

const withRepository = (check: Parameters<typeof withProgram>[1]) => withProgram(PROGRAM, check);

Deno.test("dev nido passes arguments exactly, in the caller's folder, also through a link", () =>
  withRepository(async (root, dev) => {
    await Deno.mkdir(`${root}/in here`);
    await Deno.symlink("../dev", `${root}/in here/link`);
    const args = ["a b", "", "-x", "--help", "*", "$HOME", "'\"\\", "\n"];
    const options = { dev: `${root}/in here/link`, cwd: `${root}/in here` };
    const { stdout, stderr } = await dev(["nido", "args", ...args], options);
    assertEquals(JSON.parse(stdout), [`${root}/in here`, args, "function"]);
    assertEquals(stderr, "");
  }));

Deno.test("dev nido keeps exit status, signal, standard input and PID", () =>
  withRepository(async (root, dev) => {
    for (const code of [0, 1, 127, 255]) {
      assertEquals((await dev(["nido", "exit", `${code}`])).code, code);
    }
    assertEquals((await dev(["nido", "kill"])).signal, "SIGTERM");
    assertEquals((await dev(["nido", "cat"], { stdin: "a\0b\n" })).stdout, "a\0b\n");
    const command = new Deno.Command(`${root}/dev`, {
      args: ["nido", "pid"],
      env: BASE,
      stdout: "piped",
    });
    const process = command.spawn();
    const { stdout } = await process.output();
    assertEquals(Number(new TextDecoder().decode(stdout)), process.pid);
  }));

Deno.test("dev nido adds nothing to the environment, whatever HOME is", () =>
  withRepository(async (root, dev) => {
    const homes: Record<string, string>[] = [
      {},
      { HOME: "" },
      { HOME: "/nowhere" },
      { HOME: root },
      { DENO_DIR: `${root}/cache`, DENO_TLS_CA_STORE: "mozilla", PWD: "/", A: "b=c" },
      { root: "r", version: "1", deno: "d", command: "c", first: "f", DENO_DISABLE_NODE_SHIM: "1" },
    ];
    for (const home of homes) {
      const env = { ...BASE, ...home };
      const { stdout, stderr } = await dev(["nido", "env"], { env });
      assertEquals(stderr, "");
      // Not of ./dev: bash as sh counts shells and notes the last command.
      const { SHLVL: _shlvl, _, ...seen } = JSON.parse(stdout);
      assertEquals(seen, env);
    }
  }));

Deno.test("dev test runs the repository's tests from any folder, paths counting from its root", () =>
  withRepository(async (root, dev) => {
    await Deno.mkdir(`${root}/tests`);
    const test = 'import { assert } from "@std/assert";\nDeno.test("t", () => assert(true));\n';
    await Deno.writeTextFile(`${root}/tests/a_test.ts`, test);
    await Deno.writeTextFile(`${root}/tests/b_test.ts`, test.replace("true", "false"));
    const good = await dev(["test", "tests/a_test.ts"]);
    assertEquals(good.code, 0, good.stderr);
    assertMatch(good.stdout, /^1 passed, 0 failed$/m);
    const both = await dev(["test"]);
    assertEquals(both.code, 1);
    assertMatch(both.stdout, /^1 passed, 1 failed$/m);
  }));

Deno.test("dev says in one message how to get Deno where there is neither Deno nor npm", () =>
  withRepository(async (root, dev) => {
    const bin = `${root}/bin`;
    await Deno.mkdir(bin);
    for (const name of ["sh", "dirname", "readlink", "uname", "grep"]) {
      const found = ["/usr/bin", "/bin"].map((folder) => `${folder}/${name}`);
      const path = found.find((one) => Deno.statSync(one).isFile);
      assert(path);
      await Deno.symlink(path, `${bin}/${name}`);
    }
    const { code, stdout, stderr } = await dev(["nido"], { env: { PATH: bin } });
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "dev: nido needs Deno 2.4 or newer");
  }));

Deno.test("dev aarch64 names the packages that it needs", () =>
  withRepository(async (root, dev) => {
    const bin = `${root}/bin`;
    await Deno.mkdir(bin);
    for (const name of ["sh", "dirname", "readlink", "sort"]) {
      await Deno.symlink(`/usr/bin/${name}`, `${bin}/${name}`);
    }
    const { code, stdout, stderr } = await dev(["aarch64"], { env: { PATH: bin } });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(
      stderr,
      /^dev: this needs Debian packages: apt-get install --no-install-recommends apt cpio .*qemu-system-arm$/m,
    );
    assertEquals(await exists(`${root}/.deno/aarch64`), false);
  }));

/** The package of Deno that this machine's ./dev installs, packed by npm's rules: a script in Deno's place. */
async function fakePackage(folder: string, name: string, version: string): Promise<Uint8Array> {
  await Deno.mkdir(`${folder}/package`, { recursive: true });
  await Deno.writeTextFile(
    `${folder}/package/package.json`,
    JSON.stringify({ name, version }),
  );
  await Deno.writeTextFile(`${folder}/package/deno`, "#!/bin/sh\necho fake $1\n");
  await Deno.chmod(`${folder}/package/deno`, 0o755);
  const args = ["-czf", "-", "-C", folder, "package"];
  return (await new Deno.Command("tar", { args }).output()).stdout;
}

Deno.test(
  "dev installs the Deno whose hash it has, and no other, whatever the registry says",
  requires({ programs: ["npm", "node", "tar"] }),
  () =>
    withRepository(async (root, dev) => {
      const text = await Deno.readTextFile(`${root}/dev`);
      const version = text.match(/^dev_pinned=(.*)$/m)![1]!;
      const name = `@deno/linux-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}-glibc`;
      const bytes = await fakePackage(`${root}/fake`, name, version);
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-512", Uint8Array.from(bytes)));
      const own = `sha512-${btoa(String.fromCharCode(...hash))}`;
      const pins = [...text.matchAll(/sha512-[\w+/=]+/g)].map(([pin]) => pin);
      assertEquals(pins.length, 2);
      let claimed = own;
      const registry = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
        if (request.url.endsWith(".tgz")) return new Response(Uint8Array.from(bytes));
        const dist = { tarball: `${new URL(request.url).origin}/deno.tgz`, integrity: claimed };
        const versions = { [version]: { name, version, dist } };
        return Response.json({ name, versions, "dist-tags": { latest: version } });
      });
      const env = {
        PATH: `${root}/bin`,
        HOME: root,
        npm_config_registry: `http://127.0.0.1:${registry.addr.port}/`,
        npm_config_fetch_retries: "0",
      };
      await Deno.mkdir(env.PATH);
      const programs = "sh env dirname readlink uname grep mkdir rm mv chmod cat npm node";
      for (const program of programs.split(" ")) {
        const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
          .output();
        await Deno.symlink(new TextDecoder().decode(stdout).trim(), `${env.PATH}/${program}`);
      }
      const installed = () => exists(`${root}/.deno/deno-${version}`);
      // The registry owns up to other bytes, and then claims that they are those.
      for (claimed of [own, ...pins]) {
        const refused = await dev(["nido"], { env });
        assertEquals([refused.code, refused.stdout, await installed()], [1, "", false]);
        assertStringIncludes(refused.stderr, "EINTEGRITY");
        assertStringIncludes(refused.stderr, "dev: npm could not install Deno");
      }
      claimed = own;
      await Deno.writeTextFile(`${root}/dev`, text.replace(/sha512-[\w+/=]+/g, own));
      const { code, stdout, stderr } = await dev(["nido"], { env });
      assertEquals([code, stdout], [0, "fake run\n"], stderr);
      await registry.shutdown();
    }),
);

Deno.test("dev refuses a DENO that is none, and commands it does not know", () =>
  withRepository(async (_, dev) => {
    const none = await dev(["nido"], { env: { ...BASE, DENO: "/bin/true" } });
    assertEquals([none.code, none.stdout], [1, ""]);
    assertStringIncludes(none.stderr, "DENO=/bin/true is not a Deno of 2.4 or newer");
    const unknown = await dev(["frobnicate"]);
    assertEquals([unknown.code, unknown.stdout], [2, ""]);
    assertStringIncludes((await dev(["help"])).stdout, "usage: ./dev COMMAND");
  }));

Deno.test("dev COMMAND --help prints help, and does nothing else", () =>
  withRepository(async (root, dev) => {
    const env = { PATH: BASE.PATH, HOME: root, DENO: "/bin/false" };
    for (const command of ["test", "check", "ok", "build", "bench", "assemble", "versions"]) {
      for (const words of [["--help"], ["-h"], ["tests/a_test.ts", "--help"]]) {
        const { code, stdout, stderr } = await dev([command, ...words], { env });
        assertEquals([code, stderr], [0, ""]);
        const usage = command === "test" ? "usage: ./dev test [PATH...]" : "usage: ./dev COMMAND";
        assertStringIncludes(stdout, usage);
      }
    }
  }));
