import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commonGroup, pathIn } from "../../cli/enter/cgroup.ts";
import { fitOf, namesOf } from "../../cli/enter/called.ts";
import { isNobody } from "../../cli/enter/identity.ts";
import { nsenterLine } from "../../cli/enter/line.ts";
import { start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { ENGINES, NAME, requiresBox, startBox } from "../support/engines.ts";
import { AS_USER, NIDO, run } from "../support/nido.ts";
import { skipFor } from "../support/skip.ts";
import { startTarget } from "../support/target.ts";
import { nido } from "./run_nido.ts";

const ID = "0123456789ab".repeat(5) + "0123";

Deno.test("fitOf() takes a container's name, its id and the beginning of that", () => {
  const belonging = { container: { name: "web", id: ID }, inner: [], unit: "docker.service" };
  assertEquals(fitOf(belonging, "web"), "exact");
  assertEquals(fitOf(belonging, ID), "exact");
  assertEquals(fitOf(belonging, "012"), "part");
  for (const other of ["01", "we", "Web", "123", "docker"]) {
    assertEquals(fitOf(belonging, other), undefined, other);
  }
  assertEquals(namesOf(belonging), ["web", ID]);
});

Deno.test("fitOf() takes a unit with and without its ending, and a user's by its own name", () => {
  const service = { inner: [], unit: "nginx.service" };
  assertEquals([fitOf(service, "nginx"), fitOf(service, "nginx.service")], [
    "exact",
    "exact",
  ]);
  assertEquals(fitOf(service, "nginx.scope"), undefined);
  assertEquals(fitOf({ inner: [], unit: "tmp.mount" }, "tmp"), undefined);
  const users = { inner: [], unit: "user@1000.service", userUnit: "sync.service" };
  assertEquals(fitOf(users, "sync"), "exact");
  assertEquals(fitOf(users, "user@1000.service"), undefined);
  assertEquals(fitOf({ inner: [] }, "sync"), undefined);
});

Deno.test("nsenterLine() is a line that a shell takes", () => {
  assertEquals(
    nsenterLine({
      join: { target: 7, all: true, root: true, wd: true, env: true },
      argv: ["echo", "a b"],
    }),
    "nsenter --target 7 --all --root --wd --env -- echo 'a b'",
  );
  assertEquals(
    nsenterLine({ join: { target: 7, all: true, cgroup: true }, argv: ["sh"] }),
    "nsenter --target 7 --all --join-cgroup -- sh",
  );
  assertEquals(
    nsenterLine({
      join: { target: 7, all: true, userParent: true },
      argv: ["sh"],
      setuid: "follow",
      setgid: "follow",
    }),
    "nsenter --target 7 --all --user-parent --setuid follow --setgid follow -- sh",
  );
});

Deno.test("commonGroup() is the nearest that has both", () => {
  assertEquals(commonGroup("/user.slice/a.scope", "/user.slice/b.scope/x"), "/user.slice");
  assertEquals(commonGroup("/a", "/b"), "");
  assertEquals(commonGroup("/a", "/a/b"), "/a");
  assertEquals(commonGroup("/ab", "/a"), "");
  assertEquals(pathIn([{ hierarchy: 3, controllers: ["cpu"], path: "/x" }]), undefined);
});

Deno.test("nido enter names no process that is not there", async () => {
  const { code, stdout, stderr } = await nido(["enter", "no-such-thing"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^nido enter: no running container or unit is called 'no-such-thing'/m);
  const gone = await nido(["enter", "4194304"]);
  assertMatch(gone.stderr, /^nido enter: no process 4194304/);
  const none = await nido(["enter"]);
  assertMatch(none.stderr, /^nido enter: which one\?/m);
});

Deno.test(
  "nido enter says by which line another user's process is entered as that user",
  requires({ root: true }),
  async () => {
    await using target = await startTarget("", { as: "user" });
    const { stdout, stderr } = await nido(["enter", String(target.pid), "echo", "in"]);
    assertEquals(stdout, "in\n", stderr);
    assertStringIncludes(
      stderr,
      "(the line of nido enter --show with -S follow -G follow: run as that user, with all of them)\n",
    );
  },
);

Deno.test(
  "nido enter says in which line nsenter's options mend a refusal",
  requires({ userNamespaces: true, programs: ["unshare"] }),
  async () => {
    await using target = await start([...AS_USER, "unshare", "-U", ...WAIT]);
    const { code, stderr } = await nido(["enter", String(target.pid), "id"], { under: AS_USER });
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /\n {2}try: {2}add --preserve-credentials, or .* \(in the line of nido enter --show\)\n$/,
    );
    const { stdout: line } = await nido(["enter", "--show", String(target.pid), "id", "-u"]);
    const mended = line.trimEnd().replace(" -- ", " --preserve-credentials -- ").split(" ");
    assertEquals((await nido(mended, { under: AS_USER })).stdout, "65534\n");
  },
);

Deno.test("isNobody() is of a map with ids, and none of them root's on either side", () => {
  const map = (inner: number, outer: number) => [{ inner, outer, count: 1 }];
  assertEquals(isNobody(map(1000, 1000)), true);
  for (const other of [[], map(0, 1000), map(1000, 0)]) assertEquals(isNobody(other), false);
});

/** A program that an ordinary user's `nido run` has started. */
async function startSandbox(): Promise<AsyncDisposable & { readonly program: string }> {
  const binds = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-all"];
  const target = await start([...AS_USER, ...NIDO, "run", ...binds, ...WAIT]);
  return {
    program: String(target.childOf(target.childOf())),
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}

const SAY = ["sh", "-c", "cat /proc/1/comm; id -u; readlink /proc/self/ns/mnt"];

Deno.test(
  "nido enter goes into what an ordinary user's nido run has made, as that user",
  requires({ userNamespaces: true }),
  async () => {
    await using sandbox = await startSandbox();
    const { program } = sandbox;
    const own = await nido(["enter", program, ...SAY], { under: AS_USER });
    // Its mounts belong to the outer of two user namespaces, where whoever made it is root.
    assertMatch(own.stdout, /^nido run\n0\nmnt:\[\d+\]\n$/, own.stderr);
    const tools = await nido(["enter", "--tools", program, "cat", "/proc/1/comm"], {
      under: AS_USER,
    });
    assertEquals([tools.stdout, tools.stderr], ["nido run\n", ""]);
  },
);

Deno.test(
  "nido enter goes into what an ordinary user's nido run has made, as root",
  requires({ root: true, userNamespaces: true }),
  async () => {
    await using sandbox = await startSandbox();
    const mounts = Deno.readLinkSync(`/proc/${sandbox.program}/ns/mnt`);
    const own = await nido(["enter", sandbox.program, ...SAY], { under: AS_USER });
    assertEquals([own.stdout, own.stderr], [`nido run\n0\n${mounts}\n`, ""]);
    const roots = await nido(["enter", sandbox.program, ...SAY]);
    assertEquals([roots.stdout, roots.stderr], [`nido run\n1000\n${mounts}\n`, ""]);
  },
);

for (const engine of ENGINES) {
  Deno.test(
    `nido enter goes into a container of ${engine} by its name`,
    await requiresBox(engine),
    async () => {
      await using box = await startBox(engine);
      const script = "set -- /proc/[0-9]*; echo $1 $(cat /proc/1/comm) $(cat /etc/os-release)";
      for (const name of [NAME, String(box.pid)]) {
        const { code, stdout, stderr } = await nido(["enter", name, "--", "sh", "-c", script]
          .map((word) => word.replaceAll("cat /", "/bin/busybox cat /")));
        assertEquals([code, stderr], [0, ""]);
        assertEquals(stdout, "/proc/1 cat ID=test\n");
      }
      const tools = await nido(["enter", "--tools", NAME, "--", "cat", "/target/etc/os-release"]);
      assertEquals([tools.stdout, tools.stderr], ["ID=test\n", ""]);
      const shown = await nido(["enter", NAME, "--show"]);
      assertMatch(
        shown.stdout,
        new RegExp(
          `^nsenter --target ${box.pid} --all --root --wd --env (--join-cgroup )?-- sh\n$`,
        ),
      );
    },
  );
}

Deno.test(
  "nido enter goes where an ordinary user's process is, by its PID, and has its environment",
  requires({ userNamespaces: true, programs: ["unshare"] }),
  async () => {
    const words = ["env", "IN_THERE=yes", ...WAIT];
    const nest = ["unshare", "-Urpfum", "--mount-proc", "--", ...words];
    await using target = await start([...AS_USER, ...nest]);
    const script = 'hostname inside; echo $IN_THERE $(id -u) $(hostname) "$(cat /proc/1/comm)"';
    const inner = String(target.childOf());
    const { code, stdout, stderr } = await nido(["enter", inner, "sh", "-c", script], {
      under: AS_USER,
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, "yes 0 inside sh\n");
    assertStringIncludes(
      (await nido(["explain", "enter", inner, "id"], { under: AS_USER })).stdout,
      `pidfd_open(${inner}`,
    );
  },
);

const GROUP = `nido-test-${Deno.pid}`;

/** Whether groups can be made in a second version that is mounted in a mount namespace of its own. */
const canMakeGroups = async (): Promise<boolean> =>
  (await run([
    ...["unshare", "-m", "sh", "-c"],
    `mount -t cgroup2 x /mnt && mkdir /mnt/${GROUP} && rmdir /mnt/${GROUP}`,
  ])).code === 0;

Deno.test(
  "nido enter goes into the control group, where the second version is mounted",
  skipFor(
    await canMakeGroups()
      ? []
      : [{ what: "root that may mount cgroup2, and make groups", forGood: true }],
  ),
  async () => {
    const script = `mount --make-rprivate /; umount -l /sys/fs/cgroup
      mount -t cgroup2 x /sys/fs/cgroup; cd /sys/fs/cgroup; mkdir ${GROUP} || exit
      unshare -m sleep 100 <&- & echo $! >${GROUP}/cgroup.procs; "$@" enter $! cat /proc/self/cgroup
      kill -KILL $!; wait $! 2>&-; until rmdir ${GROUP}; do sleep 0.1; done 2>&-`;
    const { stdout, stderr } = await run(["unshare", "-m", "sh", "-c", script, "sh", ...NIDO]);
    assertEquals(stderr, "");
    assertMatch(stdout, new RegExp(`^0::/${GROUP}$`, "m"));
  },
);

Deno.test(
  "nido enter lists what there is where a name is mistyped or missing",
  await requiresBox("runc"),
  async () => {
    await using box = await startBox("runc");
    const line = `${box.pid}  runc ${NAME}: cat\n`;
    const { code, stderr } = await nido(["enter", `${NAME}x`]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, line);
    assertStringIncludes(stderr, `called '${NAME}x'; did you mean '${NAME}'?`);
    assertMatch(
      (await nido(["enter", "no-such-thing"])).stderr,
      /called 'no-such-thing', only these are\n$/,
    );
    const { stderr: none } = await nido(["enter"]);
    assertStringIncludes(none, line);
    assertStringIncludes(none, "nido enter: which one? Give one of these or any PID\n");
    const hidden = await nido(["enter", "no-such-thing"], { under: AS_USER });
    assertMatch(hidden.stderr, /; run as root to see what those of other users are called\n$/);
  },
);

Deno.test(
  "nido enter lists what a name is that several have",
  await requiresBox("runc", { programs: ["podman"] }),
  async () => {
    await using one = await startBox("runc");
    await using other = await startBox("podman");
    const { code, stdout, stderr } = await nido(["enter", NAME]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, new RegExp(`^${one.pid}  runc ${NAME}`, "m"));
    assertMatch(stderr, new RegExp(`^${other.pid}  podman ${NAME}, id `, "m"));
    assertStringIncludes(stderr, `nido enter: '${NAME}' is each of these; give the PID of one\n`);
  },
);

Deno.test(
  "nido enter --net enters what ip netns has made, as ip netns exec does",
  requires({ root: true, programs: ["ip"] }),
  async () => {
    const name = `nido-${Deno.pid}`;
    const ip = (...args: string[]) => new Deno.Command("ip", { args }).outputSync();
    ip("netns", "add", name);
    const hadFolder = Array.from(Deno.readDirSync("/etc")).some((one) => one.name === "netns");
    try {
      Deno.mkdirSync(`/etc/netns/${name}`, { recursive: true });
      Deno.writeTextFileSync(`/etc/netns/${name}/hosts`, "127.0.0.1 of-the-namespace\n");
      const script = "ls /sys/class/net; cat /etc/hosts; readlink /proc/self/ns/net; pwd";
      const ours = await nido(["enter", "--net", name, "sh", "-c", script]);
      const theirs = ip("netns", "exec", name, "sh", "-c", script);
      assertEquals([ours.stdout, ours.stderr], [new TextDecoder().decode(theirs.stdout), ""]);
      assertMatch(ours.stdout, /^lo\n127.0.0.1 of-the-namespace\n/);
      const asUser = await nido(["enter", "--net", name, "id"], { under: AS_USER });
      assertMatch(asUser.stderr, /\n {2}try: {2}run as root\n$/);
      const without = await nido(["enter", name, "id"]);
      assertStringIncludes(
        without.stderr,
        "the network namespace of that name is entered by --net\n",
      );
      const mistyped = await nido(["enter", "--net", `${name}0`, "id"]);
      assertStringIncludes(mistyped.stderr, `did you mean '${name}'?\n`);
    } finally {
      ip("netns", "del", name);
      Deno.removeSync(hadFolder ? `/etc/netns/${name}` : "/etc/netns", { recursive: true });
    }
    const { stderr } = await nido(["enter", "--net", "../x", "id"]);
    assertStringIncludes(stderr, "there is no network namespace '../x' in /run/netns");
  },
);
