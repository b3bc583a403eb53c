/** The operations on a new root, each of which is a block of one loop. */
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
} from "../../ffi/abi/mount.ts";
import { EEXIST, ENOENT, ENOTDIR } from "../../ffi/abi/errno.ts";
import { PATH_MAX } from "../../ffi/abi/limits.ts";
import { S_IFDIR } from "../../ffi/abi/stat.ts";
import { NUL } from "../../engine/characters.ts";
import { any, not } from "../../engine/condition.ts";
import { type Failure, words } from "../../engine/failure.ts";
import { Text } from "../../engine/text.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { mountHints } from "../mounts/hints.ts";
import { attach, noDirectory, typeOf } from "./attach.ts";
import { remount, setAttributes } from "./attributes.ts";
import { bindContent, makeFile } from "./content.ts";
import { MAKE, openDestination, openParent } from "./destination.ts";
import { mountDevices } from "./devices.ts";
import { mountOn, mountProc } from "./file_systems.ts";
import { makeHints, mqueueHints } from "./hints.ts";
import { openGiven, openOpened } from "./opened.ts";
import { addLower, type Layers, mountOverlay } from "./overlay.ts";
import { FLAGS, KINDS } from "./record.ts";
import {
  cannot,
  cannotAt,
  checkGiven,
  close,
  followRoot,
  goBack,
  isSet,
  RECORD,
  type Root,
  takeRecord,
} from "./root.ts";
import { inSelf, openSelf } from "./self.ts";

/** More bytes than a mode has digits. */
const OCTAL_BYTES = 8;

/** Goes through operations. @param start Where their records are. */
export function doOperations(root: Root, layers: Layers, start: Value): void {
  const { s, record } = root;
  const blocks: Readonly<Record<keyof typeof KINDS, () => void>> = {
    bind: () => bind(root),
    "remount-ro": () => remountReadOnly(root),
    proc: () => mountProc(root),
    dev: () => mountDevices(root),
    tmpfs: () =>
      mountOn(root, {
        type: "tmpfs",
        flags: MS_NOSUID | MS_NODEV,
        options: record.source,
        hints: mountHints("tmpfs"),
      }),
    mqueue: () =>
      mountOn(root, {
        type: "mqueue",
        flags: MS_NOSUID | MS_NODEV | MS_NOEXEC,
        hints: mqueueHints(),
      }),
    layer: () => addLower(root, layers),
    overlay: () => mountOverlay(root, layers),
    dir: () => makeDirectory(root),
    file: () => makeFile(root),
    "bind-data": () => bindContent(root),
    symlink: () => makeLink(root),
    chmod: () => changeMode(root),
  };
  const records = s.variable("operations", start);
  const at = s.variable("record", records);
  s.while(at.word().isNot(0), () => {
    takeRecord(root, at, records);
    goBack(root);
    const cases = Object.entries(KINDS).map(([kind, number]) =>
      [number, blocks[kind as keyof typeof KINDS]] as const
    );
    s.switch(record.kind, cases, () => {}, { when: "for each operation" });
    at.advance(RECORD.bytes);
  }, { when: "for each operation" });
}

function bind(root: Root): void {
  const { s, record, parent, last } = root;
  s.block(({ leave }) => {
    const source = s.variable("source", 0);
    s.if(record.fd.isLess(0), () => {
      const mayMiss = s.variable("may miss", record.flags.and(FLAGS.optional));
      source.set(openGiven(root, mayMiss));
      s.if(source.isLess(0), leave);
    }, {
      otherwise() {
        const failure = cannot(root, ["find what descriptor ", { number: record.fd }, " is of"]);
        const isMissing = () => s.fail(failure, ENOENT);
        checkGiven(root, isMissing);
        source.set(openOpened(root, record.fd, isMissing));
        close(s, record.fd, "it is not the program's");
      },
    });
    const make = s.variable("make", MAKE.file);
    s.if(typeOf(root, source).is(S_IFDIR), () => make.set(MAKE.directory));
    const attributes = s.variable("attributes", MOUNT_ATTR_NOSUID);
    s.if(isSet(root, "readOnly"), () => attributes.set(attributes.or(MOUNT_ATTR_RDONLY)));
    s.if(not(isSet(root, "devices")), () => attributes.set(attributes.or(MOUNT_ATTR_NODEV)));
    // What was mounted is opened by its name only where there is no other way to it.
    s.if(root.hasTrees.is(1), () => {
      const at = openDestination(root, { make });
      attach(root, source, { folder: 0, name: 0, at }, attributes);
      close(s, at);
    }, {
      otherwise() {
        const at = openDestination(root, { make, withParent: true });
        attach(root, source, { folder: parent, name: last, at }, attributes);
        close(s, at);
        close(s, parent);
      },
    });
    followRoot(root);
  });
}

function remountReadOnly(root: Root): void {
  const { s } = root;
  const at = openDestination(root);
  // As bwrap(1): what --dev-bind has bound has no devices that work behind that.
  const attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  s.if(root.hasAttributes.is(1), () => setAttributes(root, at, attributes, 0), {
    otherwise: () => remount(root, at, attributes),
  });
  close(s, at);
}

function makeDirectory(root: Root): void {
  const { s, record } = root;
  const at = openDestination(root, { make: MAKE.directory, mode: record.mode, follows: true });
  s.if(typeOf(root, at).isNot(S_IFDIR), () => s.fail(noDirectory(root), ENOTDIR));
  close(s, at);
}

function makeLink(root: Root): void {
  const { s, record, parent, last } = root;
  openParent(root, 1);
  s.call("symlinkat", [record.source, parent, last], "the link", {
    fails: {
      EEXIST: (error) => compareLink(root, (failure) => error.fail(failure, constant(-EEXIST))),
      ENOTDIR: cannotAt(root, "create a directory above"),
      otherwise: cannotAt(root, "make a link of", makeHints()),
    },
  });
  close(s, parent);
}

/** Refuses a link that leads elsewhere, and what is none. */
function compareLink(root: Root, refuse: (failure: Failure) => void): void {
  const { s, record, parent, last } = root;
  const hints = [{ remedy: "give another destination" }];
  const content = s.memory("content of the link", PATH_MAX);
  const args = [parent, last, content, PATH_MAX - 1];
  const length = s.call("readlinkat", args, "is it the same?", {
    result: "length",
    fails: {
      EINVAL: () => refuse(cannotAt(root, "make a link of", hints, ", which is something else")),
      otherwise: () => refuse(cannotAt(root, "make a link of", hints, ", which cannot be read")),
    },
  });
  s.store(content.plus(length), NUL, { bytes: 1 });
  const wanted = record.source.seek(NUL).plus(1).minus(record.source);
  s.if(not(content.isSame(record.source, wanted)), () => {
    const leads = s.variable("leads", content);
    const other = words`, which leads to ${{ string: leads }}`;
    refuse(cannotAt(root, "make a link of", hints, other));
  });
}

function changeMode(root: Root): void {
  const { s, record, self } = root;
  const at = openDestination(root, { follows: true });
  openSelf(root);
  s.call("fchmodat", [self, inSelf(s, at), record.mode], "its mode", {
    fails: (error) => {
      const to = words` to ${{ string: octal(root, record.mode) }}`;
      error.fail(cannotAt(root, "change the mode of", [], to));
    },
  });
  close(s, at);
}

/** A mode in octal, with a 0 in front. */
function octal({ s }: Root, mode: Variable): Variable {
  const text = new Text(s, "octal mode", OCTAL_BYTES, "cut");
  text.clear();
  text.append("0");
  const hasBegun = s.variable("has begun", 0);
  for (const shift of [9, 6, 3, 0]) {
    const digit = s.variable("digit", mode.shiftedRight(shift).and(7));
    s.if(any(digit.isNot(0), hasBegun.isNot(0)), () => {
      hasBegun.set(1);
      text.appendDecimal(digit);
    });
  }
  text.append("\0");
  return s.variable("mode in octal", text.start);
}
