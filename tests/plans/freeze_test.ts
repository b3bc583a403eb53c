// Frozen launches as bytes: the same for the same, small, and listed as they are.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { encode } from "../../ffi/bytes.ts";
import { ENOENT } from "../../ffi/abi/errno.ts";
import { EHDR_BYTES, PHDR_BYTES } from "../../ffi/abi/elf.ts";
import {
  type Arch,
  CODE_OFFSET,
  CONSTANTS_FILE_OFFSET,
  CONSTANTS_HEADER_BYTES,
} from "../../ffi/machine/machine.ts";
import { argumentOffset } from "../../ffi/machine/record.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { SpecError } from "../../launch/errors.ts";
import { frozenBytes, frozenPlan } from "../../launch/freeze.ts";
import { DryRunError } from "../../engine/dry_run/memory.ts";
import { dryRun } from "../../engine/dry_run/dry_run.ts";
import { readImage } from "../../engine/image_read.ts";
import { programSteps, stepsText } from "../../engine/print.ts";
import { ImageError } from "../../engine/show/image.ts";
import { SYMBOLS_LINE } from "../../engine/symbols.ts";
import { planSteps } from "../../engine/print.ts";
import { everythingSpec, lineSpecs, specs } from "../launch/all_specs.ts";
import { type Asked, PURE, specOf } from "../launch/specs.ts";

const ARCHS: readonly Arch[] = ["x86_64", "aarch64"];

const made = new Map<string, Uint8Array>();

/** A frozen launch of specs(), made once for all tests. */
function frozenOf(name: string, spec: LaunchSpec, arch: Arch): Uint8Array {
  const key = `${arch} ${name}`;
  const bytes = made.get(key) ?? frozenBytes(spec, arch);
  made.set(key, bytes);
  return bytes;
}

for (const arch of ARCHS) {
  Deno.test(`${arch}: freeze() gives the same bytes for the same spec`, PURE, () => {
    for (const [name, spec] of specs()) {
      assertEquals(frozenOf(name, spec, arch), frozenBytes(structuredClone(spec), arch), name);
    }
  });

  Deno.test(`${arch}: a frozen launch is listed as its plan is printed`, PURE, () => {
    for (const [name, spec] of specs()) {
      const plan = frozenPlan(spec);
      const program = readImage(frozenOf(name, spec, arch));
      assertEquals(program.machine.arch, arch);
      assertEquals(programSteps(program), planSteps(plan), name);
    }
  });

  Deno.test(`${arch}: frozen launches have at most 128 KiB`, () => {
    const named = specs().map(([name, spec]) => frozenOf(name, spec, arch).length);
    // What differs between machines is the code, which is the same in all.
    const lines = arch === ARCHS[0] ? lineSpecs() : [];
    const found = lines.flatMap((spec) => {
      try {
        return [frozenBytes(spec, arch).length];
      } catch (error) {
        // Some lines are there to be refused; and one has hundreds of arguments.
        if (error instanceof SpecError) return [];
        throw error;
      }
    });
    assert(named.length + found.length > (lines.length > 0 ? 200 : 20));
    const largest = Math.max(...named, ...found);
    assert(largest <= 128 * 1024, `the largest has ${largest} bytes`);
  });
}

Deno.test("nothing of whoever freezes is in a frozen launch", PURE, () => {
  // Frozen without permissions, it cannot even be known.
  const text = stepsText(planSteps(frozenPlan(everythingSpec())));
  for (const call of ["geteuid()", "getegid()", "getpid()"]) assert(text.includes(call), call);
  for (const path of ["/etc/passwd", "/etc/subuid", "/etc/subgid", "/proc/self/gid_map"]) {
    assert(text.includes(`openat(AT_FDCWD, "${path}", O_RDONLY|O_CLOEXEC)`), path);
  }
});

Deno.test("freeze() refuses what compile() refuses whoever the caller is", PURE, () => {
  const overlapping = [{ inner: 0, outer: 10, count: 6 }, { inner: 5, outer: 50, count: 5 }];
  const refused: Asked[] = [
    { setuid: -1 },
    { mapUsers: overlapping },
    { mapUsers: [{ inner: 1, outer: 0, count: 4294967295 }], mapUser: 0 },
    { mapGroups: Array.from({ length: 341 }, (_, i) => ({ inner: i, outer: i, count: 1 })) },
    { namespaces: [], monotonic: 1n },
  ];
  for (const asked of refused) assertThrows(() => frozenBytes(specOf(asked), "x86_64"), SpecError);
  // The caller's own id may be what both have.
  frozenBytes(specOf({ mapUsers: overlapping, mapUser: 5 }), "x86_64");
});

/** A frozen launch that is not what it was. */
function changed(change: (file: Uint8Array<ArrayBuffer>) => Uint8Array): Uint8Array {
  return change(frozenBytes(specOf({ mapUser: 0, fork: true, argv: ["true", "one"] }), "x86_64"));
}

/** Where the symbols begin. */
function symbolsAt(file: Uint8Array): number {
  return new TextDecoder("latin1").decode(file).lastIndexOf(SYMBOLS_LINE);
}

function edited(edit: (json: string) => string): Uint8Array {
  return changed((file) => {
    const at = symbolsAt(file) + SYMBOLS_LINE.length;
    const symbols = encode(edit(new TextDecoder().decode(file.subarray(at))));
    return Uint8Array.from([...file.subarray(0, at), ...symbols]);
  });
}

const textOf = (file: Uint8Array): string => stepsText(programSteps(readImage(file)));
const reasonOf = (file: Uint8Array): string => assertThrows(() => textOf(file), ImageError).message;

Deno.test("readImage() says why a file is no frozen launch", PURE, () => {
  assertEquals(reasonOf(new Uint8Array()), "it is no ELF file");
  assertEquals(reasonOf(encode("#!/bin/sh\n".repeat(100))), "it is no ELF file");
  assertEquals(reasonOf(changed((file) => file.fill(0, 18, 20))), "it is another kind of program");
  assertEquals(
    reasonOf(changed((file) => file.subarray(0, 100))),
    "it is another kind of program",
  );
  assertEquals(reasonOf(changed((file) => file.subarray(0, 5000))), "its end is missing");
  const unlisted = changed((file) => file.subarray(0, symbolsAt(file)));
  assertEquals(reasonOf(unlisted), "no symbols are at its end");
  const half = changed((file) => file.subarray(0, file.length - 100));
  assertEquals(reasonOf(half), "the symbols at its end are damaged");
});

Deno.test("symbols that are not those of the records are found", PURE, () => {
  const elsewhere = edited((json) => json.replace(/"calls":\[\[\d+,/, '"calls":[[99999999,'));
  assertEquals(reasonOf(elsewhere), "it points outside of itself, to 99999999");
  const between = edited((json) => json.replace(/"calls":\[\[24,/, '"calls":[[26,'));
  assertEquals(reasonOf(between), "its record at 26 is no system call");
  for (const damage of ["{}", "null", ""]) {
    assertEquals(reasonOf(edited(() => damage)), "the symbols at its end are damaged");
  }
});

Deno.test(
  "readImage() shows what the records do, not what they did when they were written",
  PURE,
  () => {
    const name = "other\0";
    const file = changed((file) => {
      const at = new TextDecoder("latin1").decode(file).indexOf("unshare\0");
      file.set(encode(name), at);
      // The first record is prctl(PR_SET_NAME, …): now it is PR_SET_PDEATHSIG.
      const record = CONSTANTS_FILE_OFFSET + CONSTANTS_HEADER_BYTES;
      new DataView(file.buffer).setInt16(record + argumentOffset(true, 0), 1, true);
      return file;
    });
    const steps = programSteps(readImage(file));
    assertEquals(steps.length > 10, true);
    const [first] = steps;
    assert(first!.call.startsWith("prctl(PR_SET_PDEATHSIG, "), first!.call);
    assert(!textOf(file).includes('"unshare"'));
  },
);

for (const arch of ARCHS) {
  Deno.test(
    `${arch}: readImage() refuses a file with any other byte in front of its data`,
    PURE,
    () => {
      const file = frozenBytes(specOf({ mapUser: 0, fork: true }), arch);
      /** Zeroed memory behind the data may be of any size. */
      const p_memsz = EHDR_BYTES + 2 * PHDR_BYTES + 40;
      for (let at = 0; at < CONSTANTS_FILE_OFFSET; at++) {
        if (at >= p_memsz && at < p_memsz + 8) continue;
        for (const bit of [1, 0x80]) {
          file[at]! ^= bit;
          assertThrows(() => readImage(file), ImageError, undefined, `byte ${at} of ${arch}`);
          file[at]! ^= bit;
        }
      }
      readImage(file);
    },
  );
}

Deno.test("readImage() says what is not as nido writes it", PURE, () => {
  const headers = "its headers are not those that nido writes";
  const view = (file: Uint8Array<ArrayBuffer>) => new DataView(file.buffer);
  const at = (address: number, value: number) =>
    reasonOf(changed((file) => (view(file).setUint32(address, value, true), file)));
  assertEquals(at(24, 0x1800 + CONSTANTS_HEADER_BYTES), headers, "e_entry");
  assertEquals(at(48, 1), headers, "e_flags");
  assertEquals(at(EHDR_BYTES + PHDR_BYTES + 4, 7), headers, "p_flags: data that is executed");
  assertEquals(at(EHDR_BYTES + 4 * PHDR_BYTES, 3), headers, "p_type: another interpreter");
  assertEquals(at(EHDR_BYTES + 2 * PHDR_BYTES + 40, 8), headers, "p_memsz: less than the data");
  assertEquals(
    reasonOf(changed((file) => file.fill(0x90, CODE_OFFSET, CODE_OFFSET + 4))),
    "its code is not this nido's: another version has written it, or somebody has changed it",
  );
});

Deno.test("readImage() survives any damage", PURE, () => {
  const whole = changed((file) => file);
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
  };
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const file = whole.slice(0, i % 10 === 0 ? random(whole.length) : whole.length);
    for (let n = random(4) + 1; n > 0 && file.length > 0; n--) {
      // Most of it is texts that are not looked at: rather hit headers, records, the listing.
      const at = [random(256), 4096 + random(2000), symbolsAt(whole) + random(2000)][random(3)]!;
      if (at < file.length) file[at] = random(256);
    }
    try {
      const program = readImage(file);
      programSteps(program);
      dryRun(program, { argv: [encode("x").slice()], envp: [] }, () => -ENOENT);
    } catch (error) {
      if (!(error instanceof ImageError || error instanceof DryRunError)) throw error;
      refused++;
    }
  }
  assert(refused > 250 && refused < 1000, `${refused} of 1000`);
});
