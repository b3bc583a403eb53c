/** Overlays. Their directories are named by descriptors: no path in options, and so nothing to escape. */
import { EACCES, EINVAL } from "../../ffi/abi/errno.ts";
import { MS_NODEV, MS_NOSUID } from "../../ffi/abi/mount.ts";
import { List } from "../../engine/list.ts";
import { layout } from "../../engine/struct.ts";
import { Text } from "../../engine/text.ts";
import { textAround } from "../../engine/text.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { cannotOpen } from "./attach.ts";
import { MAKE, MOUNT_POINT, openDestination } from "./destination.ts";
import { overlayHints } from "./hints.ts";
import { openOpened } from "./opened.ts";
import { cannot, cannotAt, close, followRoot, isSet, type Root, WAY } from "./root.ts";
import { goToSelf, inSelf } from "./self.ts";

/** OVL_MAX_STACK of fs/overlayfs/params.h, and some to be written to. */
const MOST_LAYERS = 502;

/** What mount(2) takes as options: a page, its NUL included. */
const OPTIONS_BYTES = 4096;

/** The layers of the overlay that comes next. */
export interface Layers {
  readonly options: Text;
  readonly open: List<"fd">;
}

/** Must be called outside of all blocks. */
export function layersOf(root: Root): Layers {
  const { s } = root;
  const tooMany = cannot(root, "take so many layers");
  return {
    options: new Text(s, "overlay options", OPTIONS_BYTES, tooMany),
    open: new List(
      s,
      "layers",
      layout(8, { fd: [0, 8] }),
      MOST_LAYERS,
      () => s.fail(tooMany, EINVAL),
    ),
  };
}

/** Opens a directory, and names it in the options. */
function addLayer({ options, open }: Layers, name: string, fd: Variable): void {
  options.append(name);
  options.appendDecimal(fd);
  open.append({ fd });
}

/**
 * Opens one. What links of /proc lead to, as /proc/self/fd/7, is of the mount namespace that the launch was started in,
 * of which nothing can be in an overlay here: its path leads to the same.
 */
function openLayer(root: Root, folder: Value, path: Value): Variable {
  const { s, base, hasTrees } = root;
  return s.subroutine("layer", {
    parameters: ["folder", "path"],
    results: ["layer"],
  }, ({ folder, path, layer }) => {
    path.said();
    s.call("openat", [folder, path, WAY, 0], "a directory of the overlay", {
      result: layer,
      fails: {
        // The working directory may not be entered.
        EBADF: (error) => error.fail(cannotOpen(root, path), constant(-EACCES)),
        otherwise: cannotOpen(root, path),
      },
    });
    const before = s.variable("has trees before", hasTrees);
    // Older kernels take no copies of mounts for layers.
    hasTrees.set(0);
    s.block(({ leave }) => {
      s.if(folder.is(base), leave, { when: "if it is made here" });
      const other = openOpened(root, layer, leave);
      close(s, layer);
      layer.set(other);
    });
    hasTrees.set(before);
  })({ folder, path }).layer;
}

/** A lower directory. */
export function addLower(root: Root, layers: Layers): void {
  const { s, record, folder, number } = root;
  const { options } = layers;
  const layer = openLayer(root, folder, record.source);
  s.if(options.length.is(0), () => options.append("lowerdir=fd/"), {
    otherwise: () => options.append(":fd/"),
  });
  addLayer(layers, "", layer);
  // What follows is the same operation.
  number.set(number.minus(1));
}

/** Mounts the overlay. */
export function mountOverlay(root: Root, layers: Layers): void {
  const { s, record, base, folder, parent } = root;
  const { options, open } = layers;
  const add = (directory: Value, path: Variable, name: string): void => {
    addLayer(layers, name, openLayer(root, directory, path));
  };
  s.if(isSet(root, "upper"), () => {
    add(folder, record.source, ",upperdir=fd/");
    add(folder, record.work, ",workdir=fd/");
  });
  s.if(isSet(root, "temporary"), () => {
    for (const name of ["upper", "work"]) {
      const path = textAround(s, name, root.number, "");
      s.call("mkdirat", [base, path, MOUNT_POINT.directory], "a directory in memory", {
        fails: cannotAt(root, "make a directory for what is written to"),
      });
      add(base, path, `,${name}dir=fd/`);
    }
  });
  options.append(",userxattr\0");
  const at = openDestination(root, { make: MAKE.directory, withParent: true });
  goToSelf(root);
  const args = ["overlay", inSelf(s, at), "overlay", MS_NOSUID | MS_NODEV, options.start];
  s.call("mount", args, "one over the other", {
    fails: cannotAt(root, "mount an overlay on", overlayHints()),
  });
  open.each((layer) => close(s, s.variable("layer", layer.get("fd"))));
  open.end.set(open.start);
  options.clear();
  close(s, at);
  close(s, parent);
  followRoot(root);
}
