import { assertEquals } from "@std/assert";
import {
  parseBundle,
  parseCrunStatus,
  parseDockerConfig,
  parseFlatpakInfo,
  parseMachine,
  parseRuncState,
  parseStorage,
} from "../../../inspect/container/files.ts";
import { parseHomes } from "../../../inspect/container/homes.ts";
import { monitorOf, unnumbered } from "../../../inspect/container/monitor.ts";
import { byCgroup, runtimeOf } from "../../../inspect/container/runtimes.ts";
import { hasFlatpakInfo } from "../../../inspect/container/traces.ts";
import { parseMountinfo } from "../../../inspect/mountinfo.ts";

const UID = "3f2a91c4-7d0e-4b7e-9c55-0a1b2c3d4e5f";
const ID = "ab".repeat(32);

Deno.test("parseDockerConfig() has the name, and what Kubernetes has put into it", () => {
  assertEquals(parseDockerConfig('{"ID":"x","Name":"/web","Config":{"Image":"nginx"}}'), {
    name: "web",
  });
  const name = `/k8s_web_web-7c5b_default_${UID}_2`;
  assertEquals(parseDockerConfig(JSON.stringify({ Name: name })), {
    name: "web",
    pod: { id: UID, name: "web-7c5b", namespace: "default" },
  });
});

Deno.test("parseStorage() has the names of podman's and CRI-O's containers", () => {
  const text = JSON.stringify([
    { id: ID, names: ["web", "other"], metadata: '{"name":"web"}' },
    { id: "2", names: [`k8s_POD_web-7c5b_default_${UID}_0`] },
    { id: "3" },
    7,
    null,
  ]);
  assertEquals([...parseStorage(text)], [
    [ID, { name: "web" }],
    ["2", { name: "POD", pod: { id: UID, name: "web-7c5b", namespace: "default" } }],
    ["3", {}],
  ]);
});

Deno.test("parseBundle() has what containerd's CRI and nerdctl annotate", () => {
  const cri = (more: Record<string, string>) =>
    JSON.stringify({
      annotations: {
        "io.kubernetes.cri.sandbox-name": "web-7c5b",
        "io.kubernetes.cri.sandbox-namespace": "default",
        "io.kubernetes.cri.sandbox-uid": UID,
        ...more,
      },
    });
  const pod = { id: UID, name: "web-7c5b", namespace: "default" };
  const ofContainer = cri({
    "io.kubernetes.cri.container-type": "container",
    "io.kubernetes.cri.container-name": "web",
  });
  assertEquals(parseBundle(ofContainer), { name: "web", pod });
  const ofSandbox = cri({ "io.kubernetes.cri.container-type": "sandbox" });
  assertEquals(parseBundle(ofSandbox), { name: "POD", pod });
  assertEquals(parseBundle('{"annotations":{"nerdctl/name":"web"}}'), { name: "web" });
});

Deno.test("parsers of engines' files take nothing from what is another kind of file", () => {
  const texts = ["", "{", "null", "[]", "7", '"x"', '{"Name":7}', '{"Name":""}', "\0\xff"];
  const long = JSON.stringify({ Name: "x".repeat(256), id: "x".repeat(256) });
  for (const text of [...texts, long]) {
    assertEquals(parseDockerConfig(text), {}, text);
    assertEquals(parseStorage(text).size, 0, text);
    assertEquals(parseBundle(text), {}, text);
    assertEquals(parseRuncState(text), undefined, text);
    assertEquals(parseCrunStatus("a", text), { id: "a", cgroups: [] }, text);
    assertEquals(parseMachine(text), {}, text);
    assertEquals(parseFlatpakInfo(text), {}, text);
  }
});

Deno.test("parseMachine() tells a container from a virtual machine", () => {
  const text = "# This is private data. Do not parse.\nNAME=box\nSCOPE=machine-box.scope\n";
  assertEquals(parseMachine(`${text}SERVICE=systemd-nspawn\nROOT=/srv\nCLASS=container\n`), {
    service: "systemd-nspawn",
    class: "container",
  });
  assertEquals(parseMachine(`${text}SERVICE="libvirt-qemu"\nCLASS=vm\n`), {
    service: "libvirt-qemu",
    class: "vm",
  });
});

Deno.test("parseFlatpakInfo() has the application and its instance", () => {
  const text = "[Application]\nname=org.gnome.Maps\nruntime=runtime/org.gnome.Platform\n\n" +
    "[Instance]\ninstance-id=3415\nname=no\n";
  assertEquals(parseFlatpakInfo(text), { name: "org.gnome.Maps", id: "3415" });
  assertEquals(parseFlatpakInfo("[Runtime]\nname=org.gnome.Sdk\n"), { name: "org.gnome.Sdk" });
});

Deno.test("monitorOf() knows the monitors of engines by what they were started with", () => {
  const said = (line: string, comm = line.split(" ")[0]!) => monitorOf(comm, () => line.split(" "));
  const conmon = `conmon --api-version 1 -c ${ID} -u ${ID} -n web --exit-dir`;
  assertEquals(said(`${conmon} /run/libpod/exits`), { engine: "podman", id: ID, name: "web" });
  assertEquals(said(`${conmon} /var/run/crio/exits`)?.engine, "cri-o");
  const shim = `containerd-shim-runc-v2 -namespace NS -id ${ID} -address /run/x.sock`;
  const ofShim = (namespace: string) => said(shim.replace("NS", namespace), "containerd-shim");
  assertEquals(ofShim("moby"), { engine: "docker", id: ID });
  assertEquals(ofShim("default"), { engine: "containerd", id: ID });
  assertEquals(ofShim("k8s.io"), { engine: "containerd" }, "it watches the others of the pod too");
  for (const option of ["-M box", "-Mbox", "--machine=box", "--machine box"]) {
    const container = said(`systemd-nspawn ${option} -D /srv/box`);
    assertEquals(container, { engine: "systemd-nspawn", name: "box" }, option);
  }
  assertEquals(said("systemd-nspawn -D /srv/box"), { engine: "systemd-nspawn" });
  assertEquals(said("[lxc monitor] /var/lib/lxc box", "[lxc monitor] /"), {
    engine: "lxc",
    name: "box",
  });
  assertEquals(said("lxc-start -F -n box"), { engine: "lxc", name: "box" });
  assertEquals(said("bwrap --ro-bind / / sh"), { engine: "bubblewrap" });
  assertEquals(said("sh -n web"), undefined);
  const lxc = (name: string) => ({ engine: "lxc", name }) as const;
  assertEquals(unnumbered(lxc("web-1"), lxc("web")), lxc("web"));
  for (const other of ["web-1", "we", "web-10"]) {
    assertEquals(unnumbered(lxc("web-1"), lxc(other)), lxc("web-1"));
  }
  assertEquals(monitorOf("conmon", () => []), { engine: "podman" });
  assertEquals(monitorOf("conmon", () => undefined), undefined);
});

Deno.test("hasFlatpakInfo() knows flatpak by its mounts", () => {
  const root = "143 82 0:47 /newroot / rw,nosuid,nodev,relatime - tmpfs tmpfs rw\n";
  const info = (type: string) => `171 143 0:44 / /.flatpak-info ro,nosuid - ${type} x rw\n`;
  const over = "172 143 0:45 / / rw - fuse.evil x rw\n";
  const of = (text: string) => hasFlatpakInfo(parseMountinfo(text));
  assertEquals(of(root + info("tmpfs")), true);
  const others = ["", root, info("tmpfs"), root + info("fuse.evil"), root + info("tmpfs") + over];
  for (const text of others) assertEquals(of(text), false, text);
});

Deno.test("runtimeOf() finds what runc and crun run by the cgroups they have written", () => {
  const runc = parseRuncState(
    '{"id":"seen","cgroup_paths":{"":"/sys/fs/cgroup/unified/seen","pids":"/sys/fs/cgroup/pids/a/seen","cpu":"/sys/fs/cgroup/cpu"}}',
  )!;
  const states = [
    { ...runc, engine: "runc" as const },
    { ...parseCrunStatus("other", '{"pid":7,"cgroup-path":"/other"}'), engine: "crun" as const },
  ];
  const mountPoints = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/cpu"];
  const all = byCgroup(states, mountPoints);
  const seen = { engine: "runc", id: "seen" } as const;
  assertEquals(runtimeOf("/seen", all), seen);
  assertEquals(runtimeOf("/a/seen/below/it", all), seen);
  assertEquals(runtimeOf("/other", all), { engine: "crun", id: "other" });
  for (const path of ["/", "/a", "/seen2", "/b/seen"]) {
    assertEquals(runtimeOf(path, all), undefined, path);
  }
});

Deno.test("parseHomes() has the first account of an id", () => {
  const text = "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n" +
    "also:x:1000:1000::/home/also:/bin/sh\nbroken:x:7\nnone:x:8:8:::\n";
  assertEquals([...parseHomes(text)], [[0, "/root"], [1000, "/home/me"]]);
});
