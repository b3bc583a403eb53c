/** `nido explain nsenter` prints the system calls that the same command makes, as strace(1) sees them. */
import { type Scene, testScenes } from "../support/scenes.ts";

const SCENES: readonly Omit<Scene, "command">[] = [
  {
    about: "a namespace of the target",
    target: "-u",
    words: ({ pid }) => ["-t", `${pid}`, "-u", "true"],
    as: "root",
    processes: ["main"],
  },
  {
    about: "all that an ordinary user made, with root, directory, variables and capabilities",
    target: "-UrmuinpCf",
    words: ({ pid }) => ["-t", `${pid}`, "-a", "-r", "-w", "-e", "--keep-caps", "true"],
    as: "user",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "an ordinary user's user namespace with others, whose ids become 0",
    target: "-Urun",
    words: ({ pid }) => ["-t", `${pid}`, "-U", "-u", "-n", "true"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "a user namespace without 0",
    target: "-Uc",
    words: ({ pid }) => ["-t", `${pid}`, "-U", "id"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "all that root made, and a directory inside",
    target: "-UrmuinpCTf",
    words: ({ pid }) => ["--target", `${pid}`, "--all", "--wdns=/usr", "true"],
    as: "root",
    processes: ["main", "waiter", "child"],
    needs: { namespaces: ["time"] },
  },
  {
    about: "the PID namespace of a target's children",
    target: "-pf",
    words: ({ starter }) => ["-t", `${starter}`, "-p", "true"],
    as: "root",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "files of namespaces, with a user namespace among them",
    target: "-Urui",
    words: ({ pid }) => [
      `--uts=/proc/${pid}/ns/uts`,
      `-i/proc/${pid}/ns/ipc`,
      `--user=/proc/${pid}/ns/user`,
      "-r/",
      "-w=/tmp",
      "true",
    ],
    as: "user",
    processes: ["main"],
  },
  {
    about: "the parent of the user namespace",
    target: "-Ur unshare -Ur",
    words: ({ pid }) => ["-t", `${pid}`, "--user-parent", "--preserve-credentials", "true"],
    as: "user",
    processes: ["main"],
  },
  {
    about: "ids of the target, and a link to the waiter",
    target: "-u setpriv --reuid=1000 --regid=1000 --clear-groups",
    words: ({ pid }) => [
      ...["-t", `${pid}`, "-u", "-S", "follow", "-G", "follow", "--kill-child=TERM", "true"],
    ],
    as: "root",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "signals that are passed on",
    target: "-p",
    words: ({ pid }) => [
      ...["-t", `${pid}`, "-p", "--forward-signals"],
      ...["sh", "-c", "kill -TERM $PPID; sleep 5"],
    ],
    as: "root",
    processes: ["main", "waiter", "child"],
    ends: "SIGTERM",
  },
  {
    about: "a program that stops, and a waiter that does",
    target: "-pf",
    words: ({ pid }) => [
      ...["-t", `${pid}`, "-p", "sh", "-c"],
      // Whoever continues the waiter is outside: the program itself would be stopped.
      "(sleep 1; kill -CONT $PPID) & kill -STOP $$; exit 3",
    ],
    as: "root",
    processes: ["main", "waiter", "child"],
    ends: 3,
  },
  {
    about: "a context without SELinux",
    target: "-u",
    words: ({ pid }) => ["-t", `${pid}`, "-u", "-Z", "true"],
    as: "root",
    processes: ["main"],
  },
];

// Only who is root may read the memory of a process that is not dumpable.
testScenes(
  SCENES.map((scene) => ({ ...scene, command: "nsenter", needs: { ...scene.needs, root: true } })),
);
