import { assertEquals } from "@std/assert";
import { parseCgroup, pathsIn } from "../../../inspect/container/cgroup.ts";
import { type Place, placeAmong, placeIn } from "../../../inspect/container/place.ts";
import { unescapeUnit } from "../../../inspect/container/unit.ts";

// /proc/PID/cgroup as engines make it; those named "hybrid" are of this project's own machines, ids are changed.
const RECORDED = new URL("../../testdata/cgroup/", import.meta.url);

const place = (file: string): Place =>
  placeAmong(pathsIn(parseCgroup(Deno.readTextFileSync(new URL(file, RECORDED)))));

const ID = "4b5e57f6eb2f42b9039b3d1e13929295f231749c510cbe341cd68036d9af97e2";
const POD = "425c89ed5bb78a7623fae60fd8a6f648488168740fe82cf6ad34caa4d07aa972";
const UID = "3f2a91c4-7d0e-4b7e-9c55-0a1b2c3d4e5f";
const MANAGER = { unit: "user@1000.service", manager: 1000 };

const pod = (id: string) => ({ pod: { id } });

/** What each says; `isOwnerKnown` is true where it is not said. */
const SAID: Readonly<Record<string, Partial<Place>>> = {
  docker_v1: {
    unit: "containerd.service",
    containers: [{ engine: "docker", id: ID }],
  },
  docker_v1_systemd: {
    unit: `docker-${ID}.scope`,
    containers: [{ engine: "docker", id: ID }],
  },
  docker_v2: { unit: `docker-${ID}.scope`, containers: [{ engine: "docker", id: ID }] },
  docker_rootless: {
    ...MANAGER,
    userUnit: `docker-${ID}.scope`,
    containers: [{ engine: "docker", id: ID }],
  },
  docker_parent: { containers: [{ id: ID }] },
  docker_kind: {
    unit: `docker-${ID}.scope`,
    containers: [
      { engine: "docker", id: ID },
      {
        engine: "containerd",
        id: "b7ad567477c83756aab9a542b2be04f77dbae25115d85f22070d74d8cc4779dc",
        ...pod(UID),
      },
    ],
  },
  kubernetes_docker_v1: { containers: [{ id: ID, ...pod(UID) }] },
  containerd_v1: { containers: [{ id: ID, ...pod(UID) }] },
  containerd_v2: {
    unit: `cri-containerd-${ID}.scope`,
    containers: [{ engine: "containerd", id: ID, ...pod(UID) }],
  },
  containerd_colons: {
    unit: "containerd.service",
    containers: [{ engine: "containerd", id: ID, ...pod(UID) }],
  },
  nerdctl: { unit: `nerdctl-${ID}.scope`, containers: [{ engine: "containerd", id: ID }] },
  crio_v1: { containers: [{ engine: "cri-o", id: ID, ...pod(UID) }] },
  crio_v2: { unit: `crio-${ID}.scope`, containers: [{ engine: "cri-o", id: ID, ...pod(UID) }] },
  crio_conmon: { unit: `crio-conmon-${ID}.scope`, containers: [] },
  podman_v2: { unit: `libpod-${ID}.scope`, containers: [{ engine: "podman", id: ID }] },
  podman_hybrid: { containers: [{ engine: "podman", id: ID }] },
  podman_pod: {
    unit: `libpod-${ID}.scope`,
    containers: [{ engine: "podman", id: ID, ...pod(POD) }],
  },
  podman_cgroupfs_pod: { containers: [{ engine: "podman", id: ID, ...pod(POD) }] },
  podman_rootless: {
    ...MANAGER,
    userUnit: `libpod-${ID}.scope`,
    containers: [{ engine: "podman", id: ID }],
  },
  podman_quadlet: {
    ...MANAGER,
    userUnit: "web.service",
    containers: [{ engine: "podman", id: ID }],
  },
  podman_quadlet_runtime: { ...MANAGER, userUnit: "web.service", containers: [] },
  podman_conmon: { unit: `libpod-conmon-${ID}.scope`, containers: [] },
  podman_conmon_hybrid: { containers: [] },
  lxc_v1: { containers: [{ engine: "lxc", name: "web" }] },
  lxc_v2: { containers: [{ engine: "lxc", name: "web" }] },
  lxc_proxmox: { containers: [{ engine: "lxc", name: "104" }] },
  lxc_monitor: { containers: [] },
  nspawn_scope: {
    unit: "machine-my\\x2dbox.scope",
    containers: [{ engine: "systemd-nspawn", name: "my-box" }],
  },
  nspawn_service: {
    unit: "systemd-nspawn@my\\x2dbox.service",
    containers: [{ engine: "systemd-nspawn", name: "my-box" }],
  },
  nspawn_supervisor: { unit: "systemd-nspawn@my\\x2dbox.service", containers: [] },
  machined: { unit: "machine-my\\x2dbox.scope", containers: [{ name: "my-box" }] },
  qemu: { unit: "machine-qemu\\x2d1\\x2dvm.scope", containers: [] },
  flatpak: {
    ...MANAGER,
    userUnit: "app-flatpak-org.gnome.Maps-2751032070.scope",
    containers: [{ engine: "flatpak", name: "org.gnome.Maps" }],
  },
  runc_systemd: { unit: "runc-seen.scope", containers: [{ engine: "runc", id: "seen" }] },
  runc_hybrid: { containers: [] },
  service: { unit: "postgresql@15-main.service", containers: [] },
  user_service: { ...MANAGER, userUnit: "dbus.service", containers: [] },
  session: { unit: "session-3.scope", containers: [] },
  inside_another: { containers: [{ engine: "podman", id: ID }], isOwnerKnown: false },
  root: { containers: [] },
  zombie: { unit: `docker-${ID}.scope`, containers: [{ engine: "docker", id: ID }] },
};

Deno.test("placeAmong() reads the cgroups of each engine, and those of none", () => {
  const files = [...Deno.readDirSync(RECORDED)].map(({ name }) => name).sort();
  assertEquals(files, Object.keys(SAID).sort(), "each file has been looked at");
  for (const [file, said] of Object.entries(SAID)) {
    assertEquals(place(file), { isOwnerKnown: true, ...said } as Place, file);
  }
});

Deno.test("placeIn() takes for an id what has 64 digits, and nothing else", () => {
  for (
    const path of [
      "/docker",
      "/docker/buildkit",
      `/docker/${ID.slice(1)}`,
      `/docker/${ID.toUpperCase()}x`,
      `/xdocker-${ID}.scope`,
      `/docker-${ID}.scopes`,
      "/kubepods/besteffort/pod12",
      "/lxc",
      "/machine-x.scope",
      "/",
    ]
  ) assertEquals(placeIn(path).containers, [], path);
});

Deno.test("placeIn() knows no units where it does not know what is above", () => {
  const { unit, isOwnerKnown } = placeIn("/../../app.slice/mine.service");
  assertEquals({ unit, isOwnerKnown }, { unit: undefined, isOwnerKnown: false });
  assertEquals(placeIn("/init/x.service").unit, undefined, "a unit is below slices alone");
});

Deno.test("placeIn() calls what is in a container's part of the tree its inside", () => {
  const outer = `/system.slice/docker-${ID}.scope`;
  const inner = placeIn(`${outer}/system.slice/ssh.service/libpod-${"a".repeat(64)}`);
  assertEquals(inner.unit, `docker-${ID}.scope`);
  assertEquals(inner.containers.map(({ engine }) => engine), ["docker", "podman"]);
  assertEquals(placeIn(`${outer}/user.slice/user@7.service`).manager, undefined);
});

Deno.test("parseCgroup() keeps colons in paths, and leaves out what is no line of it", () => {
  assertEquals(parseCgroup("0::/a:b:c\n7:cpu,cpuacct:/x\n\nnonsense\n3:cpu\n0::x\n"), [
    { hierarchy: 0, controllers: [], path: "/a:b:c" },
    { hierarchy: 7, controllers: ["cpu", "cpuacct"], path: "/x" },
  ]);
});

Deno.test("unescapeUnit() undoes systemd's escapes", () => {
  assertEquals(unescapeUnit("my\\x2dbox\\x40home"), "my-box@home");
  assertEquals(unescapeUnit("a-b\\x2"), "a-b\\x2");
});

Deno.test("placeIn() does not take for root's what a user may have made", () => {
  const owner = (path: string) => {
    const { isOwnerKnown, manager } = placeIn(`${path}/docker-${ID}.scope`);
    return isOwnerKnown ? manager ?? 0 : undefined;
  };
  assertEquals(owner("/system.slice"), 0);
  assertEquals(owner("/user.slice/user-7.slice/user@7.service/app.slice"), 7);
  assertEquals(owner("/user.slice/user-7.slice/session-1.scope"), undefined);
  assertEquals(owner("/user/7.user/1.session"), undefined);
  assertEquals(owner("/../x"), undefined);
});
