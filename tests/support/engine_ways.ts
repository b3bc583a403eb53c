/** How each engine starts a program in a root of its own, and what it leaves. */
import { parseMountinfo } from "../../inspect/mountinfo.ts";
import { exists } from "../requires.ts";
import { AS_USER, USER_ID } from "./nido.ts";
import { until } from "./patience.ts";

/** Engines that tests start. */
export type TestEngine =
  | "runc"
  | "podman"
  | "rootless podman"
  | "containerd"
  | "lxc"
  | "systemd-nspawn";

/** A way to start a container. */
export interface Way {
  /** What has to be there, besides busybox. */
  readonly programs: readonly string[];
  /** Writes what it reads beside the root. */
  prepare?(folder: string): void;
  /** The program, and where it keeps what it knows of containers, if it has a command for all that is done. */
  engine?(folder: string): string[];
  /** Words that run /bin/wait in the root, with its standard input and output. */
  words(folder: string): string[];
  /** Ends what may still run. */
  end?(folder: string): void | Promise<void>;
  /** Removes what is outside of the folder. That is gone then, and with it who made this. */
  clear?(): void;
}

/** What containers are called: cgroups are the whole machine's. */
export const NAME = `nido-test-${Deno.pid}`;

function runQuietly([program, ...args]: readonly string[]): void {
  new Deno.Command(program!, { args, stdout: "null", stderr: "null" }).outputSync();
}

/** The OCI configuration that `runc spec` gives, without a terminal and with limits that may stay as they are. */
function makeBundle(folder: string): void {
  new Deno.Command("runc", { args: ["spec"], cwd: folder }).outputSync();
  const path = `${folder}/config.json`;
  const config = JSON.parse(Deno.readTextFileSync(path));
  Object.assign(config.process, { terminal: false, args: ["/bin/wait"], rlimits: [] });
  config.root.path = `${folder}/root`;
  Deno.writeTextFileSync(path, JSON.stringify(config));
}

const RUNC: string[] = ["runc", "--root", "/run/runc"];

const runc: Way = {
  programs: ["runc"],
  prepare: makeBundle,
  engine: () => RUNC,
  words: (folder) => [...RUNC, "run", "-b", folder, NAME],
  end: () => runQuietly([...RUNC, "delete", "-f", NAME]),
};

/** podman makes it, and leaves it. */
const LOCKS = "/dev/shm/libpod_lock";
const hadLocks = exists(LOCKS);

const store = (folder: string): string[] => [
  ...["podman", "--root", `${folder}/store`, "--runroot", `${folder}/run`],
  ...["--runtime=runc", "--cgroup-manager=cgroupfs", "--events-backend=none"],
];

function podmanWords(folder: string): string[] {
  const options = ["--rm", "-i", "--name", NAME, "--network=none", "--rootfs", `${folder}/root`];
  // More than what this process may have is refused where nobody may raise limits.
  const limits = ["--ulimit=nofile=256:256", "--ulimit=nproc=256:256"];
  return [...store(folder), "run", ...limits, ...options, "/bin/wait"];
}

const podmanRemoves = (folder: string): string[] => [
  ...store(folder),
  "rm",
  "-f",
  "-t",
  "0",
  NAME,
];

const podman: Way = {
  programs: ["podman", "runc"],
  engine: store,
  words: podmanWords,
  end: (folder) => runQuietly(podmanRemoves(folder)),
  clear() {
    if (!hadLocks && exists(LOCKS)) Deno.removeSync(LOCKS);
  },
};

/** What an ordinary user's has: all of the user's is in the folder. */
const home = (folder: string): string[] => [
  ...AS_USER,
  ...["env", `HOME=${folder}/home`, `XDG_RUNTIME_DIR=${folder}/home`, `TMPDIR=${folder}/home`],
];
const USER_LOCKS = `/dev/shm/libpod_rootless_lock_${USER_ID}`;
const hadUserLocks = exists(USER_LOCKS);

const rootlessPodman: Way = {
  programs: ["podman", "runc", "newuidmap", "setpriv"],
  prepare(folder) {
    Deno.mkdirSync(`${folder}/home`);
    runQuietly(["chown", "-R", `${USER_ID}:${USER_ID}`, folder]);
  },
  words: (folder) => [...home(folder), ...podmanWords(folder)],
  end(folder) {
    runQuietly([...home(folder), ...podmanRemoves(folder)]);
    // The process that keeps the user's user namespace.
    runQuietly([...home(folder), ...store(folder), "system", "migrate"]);
  },
  clear() {
    if (!hadUserLocks && exists(USER_LOCKS)) Deno.removeSync(USER_LOCKS);
  },
};

const ctr = (folder: string): string[] => ["ctr", "--address", `${folder}/socket`];

const containerd: Way = {
  programs: ["containerd", "ctr"],
  words(folder) {
    const places = ["--root", `${folder}/store`, "--state", `${folder}/state`];
    const script = 'folder=$1; shift; containerd "$@" --address "$folder/socket" 2>/dev/null & ' +
      'echo $! >"$folder/daemon"; ' +
      'for i in $(seq 100); do ctr --address "$folder/socket" version >/dev/null 2>&1 && break; ' +
      'sleep 0.1; done; exec ctr --address "$folder/socket" run --rm --rootfs "$folder/root" ' +
      `${NAME} /bin/wait`;
    return ["sh", "-c", script, "sh", folder, ...places];
  },
  end(folder) {
    runQuietly([...ctr(folder), "task", "delete", "--force", NAME]);
    runQuietly([...ctr(folder), "container", "delete", NAME]);
    const daemon = Number(Deno.readTextFileSync(`${folder}/daemon`));
    try {
      Deno.kill(daemon, "SIGTERM");
    } catch { /* It has not started. */ }
  },
};

const LXC_CONFIG = (folder: string): string =>
  `lxc.uts.name = inside
lxc.rootfs.path = dir:${folder}/root
lxc.net.0.type = empty
lxc.init.cmd = /bin/wait
lxc.apparmor.profile = unconfined
lxc.mount.auto = proc:rw sys:ro
lxc.console.path = none
`;

const lxc: Way = {
  programs: ["lxc-start"],
  prepare(folder) {
    Deno.mkdirSync(`${folder}/lxc/${NAME}`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/config`, LXC_CONFIG(folder));
  },
  words: (folder) => [
    ...["lxc-start", "-F", "-P", `${folder}/lxc`, "-f", `${folder}/config`, "-n", NAME],
  ],
  async end(folder) {
    runQuietly(["lxc-stop", "-k", "-P", `${folder}/lxc`, "-n", NAME]);
    // What was killed is in them until it is dead.
    await until("lxc's control groups are gone", removeLxcGroups);
  },
};

/** Removes the control groups that lxc leaves. @returns Whether none are left. */
function removeLxcGroups(): boolean {
  const left = cgroupFolders().flatMap((hierarchy) =>
    [...Deno.readDirSync(hierarchy)].map(({ name }) => name)
      .filter((name) => name.startsWith("lxc.") && name.includes(NAME))
      .map((name) => `${hierarchy}/${name}`)
  );
  for (const path of left) runQuietly(["rmdir", path]);
  return !left.some(exists);
}

/** Where the hierarchies of cgroups are. */
export function cgroupFolders(): string[] {
  const mounts = parseMountinfo(Deno.readTextFileSync("/proc/self/mountinfo"));
  return mounts.filter(({ fsType }) => fsType.startsWith("cgroup")).map((one) => one.mountPoint);
}

/** What systemd-nspawn leaves of a container where it is killed: mounted or not. */
const LEFT = ["propagate", "unix-export"].map((kind) => `/run/systemd/nspawn/${kind}/${NAME}`);

const nspawn: Way = {
  programs: ["systemd-nspawn"],
  words: (folder) => [
    ...["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--pipe", `--machine=${NAME}`],
    ...["-D", `${folder}/root`, "/bin/wait"],
  ],
  clear() {
    for (const path of LEFT.filter(exists)) {
      runQuietly(["umount", "-l", path]);
      Deno.removeSync(path, { recursive: true });
    }
  },
};

/** All of them. */
export const WAYS: Readonly<Record<TestEngine, Way>> = {
  runc,
  podman,
  "rootless podman": rootlessPodman,
  containerd,
  lxc,
  "systemd-nspawn": nspawn,
};

/** Their names. */
export const ENGINES = Object.keys(WAYS) as readonly TestEngine[];
