/** `nido freeze --list` prints the system calls that the file makes here, as strace(1) sees them. */
import { type Scene, testFrozenScenes } from "../support/scenes.ts";

const SCENES: readonly Scene[] = [
  { about: "no option", words: ["true"], as: "anyone", processes: ["main"] },
  {
    about: "all namespaces and a link to the waiter",
    words: ["-UrpmuinCf", "--mount-proc", "--kill-child=TERM", "true"],
    as: "user",
    processes: ["main", "waiter", "child"],
  },
  {
    about: "single maps, root, directory and kept capabilities",
    words: ["--map-user=5", "--map-group=6", "--keep-caps", "--root=/", "--wd=/tmp", "true"],
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
    about: "an environment of chosen variables",
    words: ["--whitelist-env=PATH,NONE", "env"],
    as: "anyone",
    processes: ["main"],
  },
  {
    about: "ranges mapped by root",
    words: [
      "--map-users=0:100000:9",
      "--map-groups=0:100000:9",
      "--setuid=1",
      "--setgid=2",
      "true",
    ],
    as: "root",
    processes: ["main", "mapper"],
  },
  {
    about: "a target that is joined from a sealed copy",
    command: "nsenter",
    target: "-UrmuinpCf",
    words: ({ pid }) => ["-t", `${pid}`, "-a", "-r", "-w", "-e", "true"],
    as: "root",
    processes: ["main", "waiter", "child"],
  },
];

testFrozenScenes(SCENES);
