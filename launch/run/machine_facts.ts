/** Reads where this process is. */
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../../ffi/abi/fcntl.ts";
import { readLink } from "../../ffi/dir.ts";
import { readText } from "../../ffi/file.ts";
import { cString, syscall } from "../../ffi/syscall.ts";
import { parseIdMap } from "../../ffi/abi/id_map.ts";
import type { Places } from "../probe/probes.ts";
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

/** Whether /proc calls this process something else than the kernel does. */
function isOthersProc(): boolean {
  try {
    return readLink("/proc/self") !== String(Deno.pid);
  } catch {
    return true;
  }
}

/** Where this process is, as far as /proc/self and /etc/passwd tell. */
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

/** Whether this is there, and all of its path may be searched. */
function isThere(path: string): boolean {
  const fd = syscall("openat", AT_FDCWD, cString(path), O_PATH | O_CLOEXEC, 0);
  if (fd >= 0) syscall("close", fd);
  return fd >= 0;
}

/** Any folder does: mounts on it are in namespaces of their own. */
const TO_MOUNT_ON = ["/tmp/.", "/run/.", "/mnt/.", "/var/.", "/usr/.", "/etc/."];

/** The places where probes work. */
export function findPlaces({ cgroup }: MachineFacts): Places {
  const folder = TO_MOUNT_ON.find(isThere) ?? "/proc/.";
  return {
    folder: folder.slice(0, -2),
    folders: FOLDERS,
    cgroup: `${cgroup ?? ""}/nido-probe-${syscall("getpid")}`,
  };
}
