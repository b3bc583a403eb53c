/** `nido explain` prints the system calls that the same command makes, as strace(1) sees them. */
import { assertEquals, assertMatch } from "@std/assert";
import type { PrintedStep } from "../../engine/print.ts";
import { requires } from "../requires.ts";
import { type Scene, take, testScenes } from "../support/scenes.ts";
import { Comparison } from "../support/strace.ts";

const SCENES: readonly Scene[] = [
  { about: "no option", words: ["true"], as: "anyone", processes: ["main"] },
  {
    about: "all namespaces and a link to the waiter",
    words: ["-UrpmuinCf", "--mount-proc", "--kill-child=TERM", "true"],
    as: "user",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "propagation other than private",
    words: ["-Urpf", "--mount-proc=/proc", "--propagation=slave", "--wd=/usr", "true"],
    as: "user",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "kept capabilities",
    words: ["-c", "--keep-caps", "true"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "single maps, root and directory",
    words: ["--map-user=5", "--map-group=6", "--root=/", "--wd=/tmp", "true"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "names of a user and a group",
    words: ["--map-user=daemon", "--map-group=daemon", "true"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "clocks",
    words: ["-UrTf", "--monotonic=100", "--boottime=-1", "true"],
    as: "user",
    needs: { namespaces: ["time"] },
    processes: ["main", "waiter", "child"],
  },
  {
    about: "an environment of chosen variables",
    words: ["--whitelist-env=PATH,NONE", "env"],
    as: "anyone",
    processes: ["main"],
  },
  {
    about: "a path as program",
    words: ["--fork", "/bin/sh", "-c", 'exit 3 # "\t\\\n\x01\xff'],
    as: "anyone",
    processes: ["main", "waiter", "child"],
    ends: 3,
  },
  {
    about: "a program that dies by a signal",
    words: ["--fork", "sh", "-c", "kill -KILL $$"],
    as: "anyone",
    processes: ["main", "waiter", "child"],
    ends: "SIGKILL",
  },
  {
    about: "signals that are passed on",
    words: ["--forward-signals", "sh", "-c", "kill -TERM $PPID; sleep 5"],
    as: "anyone",
    processes: ["main", "waiter", "child"],
    ends: "SIGTERM",
  },
  {
    about: "a script without an interpreter line",
    words: ["./script", "one"],
    as: "anyone",
    setup: "echo 'exit 5' >script; chmod +x script",
    processes: ["main"],
    ends: 5,
  },
  {
    about: "ranges mapped by newuidmap and newgidmap",
    words: ["--map-auto", "--map-root-user", "--setuid=0", "--setgid=0", "true"],
    as: "user",
    // Only who is root may trace a setuid program.
    needs: { root: true, programs: ["newuidmap"] },
    processes: ["main", "mapper", "newuidmap", "newgidmap"],
  },
  {
    about: "ranges mapped by root, and another user with a link to the waiter",
    words: [
      "--map-users=0:100000:9",
      "--map-groups=0:100000:9",
      "--setuid=1",
      "--setgid=2",
      "--kill-child",
      "true",
    ],
    as: "root",
    processes: ["main", "mapper", "waiter", "child"],
  },
  {
    about: "an owner",
    words: ["--owner=1000:1000", "--map-root-user", "true"],
    as: "root",
    processes: ["main", "mapper"],
  },
  {
    about: "namespaces bound by the process itself",
    words: ["--uts=uts", "--ipc=ipc", "true"],
    as: "root",
    setup: "touch uts ipc",
    cleanup: "umount uts ipc",
    processes: ["main"],
  },
  {
    about: "namespaces bound from outside, with ranges",
    words: ["--user=user", "--uts=uts", "--pid=pid", "--map-users=0:100000:9", "--fork", "true"],
    as: "root",
    setup: "touch user uts pid",
    cleanup: "umount user uts pid",
    processes: ["main", "binder", "mapper", "waiter", "child"],
  },
  {
    about: "a shell that gets one PID",
    words: ["-Urp", "/bin/sh"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "interpreters of a user namespace",
    words: ["-Urpf", "--load-interp=:nido:M::nido::/bin/true:", "true"],
    as: "user",
    needs: { filesystems: ["binfmt_misc"], kernel: "6.7" },
    processes: ["main", "waiter", "child"],
  },
];

testScenes(SCENES);

Deno.test(
  "the comparison finds a step that explain omits, adds, disorders or words otherwise",
  requires({ userNamespaces: true, programs: ["strace"] }),
  async () => {
    const { steps, traces } = await take(SCENES[1]!);
    const differs = (changed: PrintedStep[]) => new Comparison(changed, traces, true).difference();
    assertEquals(differs(steps), undefined);
    const certain = steps.filter(({ when }) => when === undefined);
    for (const step of certain) {
      const i = steps.indexOf(step);
      const without = steps.toSpliced(i, 1);
      assertMatch(differs(without) ?? "", /strace saw|never seen|no trace/, `without ${step.call}`);
      const other = { ...step, call: step.call.replace(/\(/, "(1, ") };
      assertMatch(differs(steps.toSpliced(i, 1, other)) ?? "", /strace saw/, step.call);
      assertMatch(differs(steps.toSpliced(i, 0, other)) ?? "", /strace saw/, step.call);
      const next = steps[i + 1];
      // Which address is which, no step tells.
      const shape = ({ call }: PrintedStep) => call.replace(/<.*?>/g, "<>");
      const isOther = next?.process === step.process && shape(next) !== shape(step);
      if (isOther && next.when === undefined) {
        assertMatch(differs(steps.toSpliced(i, 2, next, step)) ?? "", /strace saw/, step.call);
      }
    }
  },
);
