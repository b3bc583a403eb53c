/** Reads the facts of the machine for probes. */
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../../ffi/abi/fcntl.ts";
import { readLink } from "../../ffi/dir.ts";
import { readText } from "../../ffi/file.ts";
import { cString, syscall } from "../../ffi/syscall.ts";
import { parseIdMap } from "../../ffi/abi/id_map.ts";
import type { Places } from "../probe/probe.ts";
import { type MachineFacts, machineFactsOf } from "../probe/machine_facts.ts";
import { effectiveGroup, effectiveUser, readAccounts } from "./facts.ts";
import { FOLDERS } from "./image_file.ts";

function readIfThere(path: string): string {
  try {
    return readText(path);
  } catch {
    return "";
  }
}

/** Whether /proc is of another PID namespace. */
function isOthersProc(): boolean {
  try {
    return readLink("/proc/self") !== String(Deno.pid);
  } catch {
    return true;
  }
}

/** Reads the facts from /proc/self and /etc/passwd. */
export function readMachineFacts(): MachineFacts {
  const uid = effectiveUser();
  return machineFactsOf({
    kernel: readIfThere("/proc/sys/kernel/osrelease").trim(),
    arch: Deno.build.arch,
    uid,
    gid: effectiveGroup(),
    user: readAccounts().find((account) => account.uid === uid)?.name ?? String(uid),
    uidMap: parseIdMap(readIfThere("/proc/self/uid_map")),
    othersProc: isOthersProc(),
  }, {
    status: readIfThere("/proc/self/status"),
    mountinfo: readIfThere("/proc/self/mountinfo"),
    cgroup: readIfThere("/proc/self/cgroup"),
    label: readIfThere("/proc/self/attr/current"),
  });
}

/** Whether a path exists and can be reached. */
function isThere(path: string): boolean {
  const fd = syscall("openat", AT_FDCWD, cString(path), O_PATH | O_CLOEXEC, 0);
  if (fd >= 0) syscall("close", fd);
  return fd >= 0;
}

/** Folders to mount on: any will do, as mounts are in new namespaces. */
const TO_MOUNT_ON = ["/tmp/.", "/run/.", "/mnt/.", "/var/.", "/usr/.", "/etc/."];

/** Finds the places that probes use. */
export function findPlaces({ cgroup }: MachineFacts): Places {
  const folder = TO_MOUNT_ON.find(isThere) ?? "/proc/.";
  return {
    folder: folder.slice(0, -2),
    folders: FOLDERS,
    cgroup: `${cgroup ?? ""}/nido-probe-${syscall("getpid")}`,
  };
}
