/** What nsenter takes for a target, and how it keeps to it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { stat } from "../../ffi/dir.ts";
import { openNamespace } from "../../ffi/nsfs.ts";
import { pidfdOpen } from "../../ffi/pidfd.ts";
import { close } from "../../ffi/fast_calls.ts";
import { memory, syscall } from "../../ffi/syscall.ts";
import { compileFor } from "../../launch/compile.ts";
import { start as startParent, ZOMBIE } from "../inspect/start.ts";
import { withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { NIDO, nido, run, shell } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { startTarget } from "../support/target.ts";

/** ioctl: the 64-bit id of a namespace. Linux 6.18. @see linux/nsfs.h */
const NS_GET_ID = 0x8008b70d;

const ROOT = requires({ root: true, programs: ["unshare"] });

const enter = (...words: readonly string[]) => run([...NIDO, "nsenter", ...words]);

Deno.test(
  "a target with the inode of its pidfd is entered, and no other",
  requires({ root: true, programs: ["unshare"], kernel: "6.9" }),
  async () => {
    await using target = await startTarget("-u", { before: "hostname box" });
    const pidfd = pidfdOpen(target.pid);
    const inode = BigInt(stat("", pidfd).ino);
    close(pidfd);
    const right = await enter("-t", `${target.pid}:${inode}`, "-u", "hostname");
    assertEquals([right.stdout, right.stderr], ["box\n", ""]);
    const wrong = await enter("-t", `${target.pid}:${inode + 1n}`, "-u", "hostname");
    assertEquals([wrong.stdout, wrong.code], ["", 1]);
    assertMatch(
      wrong.stderr,
      /No such process\n {2}why: .*is another process than the one with inode/,
    );
  },
);

Deno.test(
  "a thread has namespaces of its own, and is a target by its own number",
  requires({ root: true, kernel: "6.9", programs: ["python3"] }),
  async () => {
    const code = `
import ctypes, threading, time
def thread():
    ctypes.CDLL(None).unshare(0x04000000)
    open("/proc/sys/kernel/hostname", "w").write("thread")
    print(threading.get_native_id(), flush=True)
    time.sleep(60)
threading.Thread(target=thread, daemon=True).start()
time.sleep(60)`;
    const job = new Deno.Command("python3", { args: ["-c", code], stdout: "piped" }).spawn();
    const reader = job.stdout.pipeThrough(new TextDecoderStream()).getReader();
    try {
      const tid = (await reader.read()).value!.trim();
      assert(Number(tid) !== job.pid);
      assertEquals((await enter("-t", tid, "-u", "hostname")).stdout, "thread\n");
      assertEquals((await enter("-t", tid, "-a", "hostname")).stdout, "thread\n");
      assert((await enter("-t", String(job.pid), "-u", "hostname")).stdout !== "thread\n");
    } finally {
      job.kill("SIGKILL");
      await job.status;
      await reader.cancel();
    }
  },
);

Deno.test("a zombie cannot be entered, and that is said", ROOT, async () => {
  await using parent = await startParent(["unshare", "-u", ...ZOMBIE]);
  const zombie = await ended(Number(parent.said));
  const { stderr, code } = await enter("-t", `${zombie}`, "-u", "true");
  assertEquals(code, 1);
  assertMatch(stderr, /^nsenter: reassociate to namespaces failed: No such process\n/);
  const why = new RegExp(`why: {2}process ${zombie} has ended: it is a zombie`);
  assertMatch(stderr, why);
  for (const options of [["-u", "-r"], ["-a"], ["-u", "-w"]]) {
    const again = await enter("-t", `${zombie}`, ...options, "true");
    assertMatch(again.stderr, /No such (process|file or directory)\n/);
    assertMatch(again.stderr, why);
  }
});

/** Waits until a process has ended. */
async function ended(pid: number): Promise<number> {
  await until(
    "the process has ended",
    () => /^State:\tZ/m.test(Deno.readTextFileSync(`/proc/${pid}/status`)),
  );
  return pid;
}

Deno.test(
  "before Linux 5.8 the target's namespaces are entered by their files, all the same",
  ROOT,
  async () => {
    await using target = await startTarget("-UrmuinpCf", { before: "hostname box" });
    const types = ["user", "mnt", "uts", "ipc", "net", "pid", "cgroup"];
    const links = types.map((type) => Deno.readLinkSync(`/proc/${target.pid}/ns/${type}`));
    for (const options of [["-a"], ["-U", "-m", "-u", "-i", "-n", "-p", "-C"]]) {
      const words = ["-t", String(target.pid), ...options, "readlink"];
      const spec = nsenter.parse([
        ...words,
        ...types.map((type) => `/proc/thread-self/ns/${type}`),
      ]);
      assert(typeof spec === "object");
      await withImage(compileFor(spec, { front: OPTION_WORDS }), Deno.build.arch, async (image) => {
        // Linux says then that it is 2.6.
        const { stdout, stderr } = await run(["setarch", "--uname-2.6", image]);
        assertEquals(stderr, "");
        assertEquals(stdout.split("\n").slice(0, -1), links);
      });
    }
  },
);

Deno.test(
  "a namespace is found by its id where the kernel can, and otherwise that is said",
  ROOT,
  async () => {
    await using target = await startTarget("-u", { before: "hostname box" });
    const fd = openNamespace(`/proc/${target.pid}/ns/uts`, AT_FDCWD);
    const bytes = memory(8);
    const known = syscall("ioctl", fd, NS_GET_ID, bytes);
    close(fd);
    const id = known < 0 ? 99999n : new DataView(bytes.buffer).getBigUint64(0, true);
    const { stdout, stderr, code } = await enter(`--uts=:${id}`, "hostname");
    if (code === 0) return assertEquals(stdout, "box\n");
    assertEquals([stdout, code], ["", 1]);
    assertMatch(stderr, /^nsenter: cannot open namespace of id \d+: /);
    assertMatch(
      stderr,
      /why: {2}this is Linux \d+\.\d+, and namespaces are found by their ids since 6\.19\n/,
    );
  },
);

Deno.test("an id that is no number is refused", async () => {
  for (const [id, why] of [["x", ""], ["", ""], ["-1", ": Numerical result out of range"]]) {
    const { stderr, code } = await enter(`-m:${id}`, "true");
    assertEquals([stderr, code], [`nsenter: failed to parse nsid: '${id}'${why}\n`, 1]);
  }
});

Deno.test("--follow-context without SELinux does nothing", ROOT, async () => {
  await using target = await startTarget("-u", { before: "hostname box" });
  const outcome = await enter("-t", String(target.pid), "-u", "-Z", "hostname");
  assertEquals([outcome.stdout, outcome.stderr], ["box\n", ""]);
});

Deno.test("--follow-context takes the target's context where there is SELinux", ROOT, async () => {
  await using target = await startTarget("-u", { before: "hostname box" });
  const spec = nsenter.parse(["-t", `${target.pid}`, "-u", "-Z", "/bin/hostname"]);
  assert(typeof spec === "object");
  // What a machine with SELinux has in /sys and /proc, but for its kernel.
  const script = `cd /proc; exec unshare -m sh -euc '
    mount -t tmpfs none /sys/fs; mkdir /sys/fs/selinux; : >/sys/fs/selinux/enforce
    mount -t tmpfs none /proc; cd /proc; mkdir -p $1/attr self/attr; : >self/attr/exec
    printf "system_u:system_r:box_t:s0\\0" >$1/attr/current
    "$0"; cat self/attr/exec | tr "\\0" "\\n"' "$1" "$2"`;
  await withImage(compileFor(spec, { front: OPTION_WORDS }), Deno.build.arch, async (image) => {
    const { stdout, stderr } = await shell(script, [image, `${target.pid}`]);
    assertEquals([stdout, stderr], ["box\nsystem_u:system_r:box_t:s0\n", ""]);
  });
});

Deno.test("--follow-context needs a target where there is SELinux", ROOT, async () => {
  const { stdout, stderr } = await shell(
    `exec unshare -m sh -c 'mount -t tmpfs none /sys/fs; mkdir /sys/fs/selinux; : >/sys/fs/selinux/enforce
       ${nido} nsenter --uts=/proc/self/ns/uts -Z true; echo $?'`,
  );
  assertEquals([stdout, stderr], [
    "1\n",
    "nsenter: no target PID specified for --follow-context\n",
  ]);
});
