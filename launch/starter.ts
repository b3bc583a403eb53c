/** The starter of a plan: what the plan must know of it in advance. */
import type { Builder } from "../engine/builder.ts";
import type { Value } from "../engine/value.ts";
import type { FrontEnd } from "../engine/failure.ts";

import type { Words } from "./request.ts";

/** The starter: a process, a Command, or whoever executes a frozen file. */
export interface Starter {
  /** Whether it reads reports and sends orders, as a Command does. See wait/supervision.ts. */
  readonly listens?: boolean;
  /** Whether its arguments are for the program, as those of a frozen file are. */
  readonly givesArguments?: boolean;
  /** Whether it is a file of its own, which somebody inside might write to: what joins is then a copy. */
  readonly isFile?: boolean;
  /** Which part of the file it is, if that is not all. */
  readonly part?: FilePart;
  /** The image of the program that maps that: see start/stub.ts. */
  readonly stub?: Uint8Array;
  /**
   * Takes the parameters of the spec from where who starts it gives them.
   *
   * @param seen Steps as soon as it is known that those inside may see the launcher, which is called `name`.
   */
  readonly request?: (s: Builder, seen: (name: Value) => void) => Words;
  /** The front end, whose words messages are in. Default: that of specs. */
  readonly front?: FrontEnd;
  /** The same of several, of which s.voice tells which speaks. */
  readonly fronts?: readonly FrontEnd[];
  /** Whether nobody is told what fails: the exit status alone tells that something does. */
  readonly isMute?: boolean;
  /** Whether a person may have typed the launch, who is told of what will go wrong: see program/hinted.ts. */
  readonly warns?: boolean;
  /** Whether the launcher has the steps of all options, and so is large: see wait/memory.ts. */
  readonly isLarge?: boolean;
  /** The program in front of which it stands: whole pages, all that it has. */
  readonly behind?: readonly Distances[];
  /** Whether its copies own the steps that they wait with: see wait/memory.ts. All pages have 4 KiB then. */
  readonly ownsSteps?: boolean;
  /** Changes of its runtime to undo before the program starts. */
  readonly restore?: Restore;
}

/** A part of a file that is an image, in bytes. */
export interface FilePart {
  readonly offset: number;
  readonly bytes: number;
  /** How its constants and variables are in memory. */
  readonly memory: ImageMemory;
}

/** Constants and variables of an image in memory, and in its file. Addresses are counted from the first page of both. */
export interface ImageMemory {
  /** The pages of constants, which come first, and where on them the constants begin. */
  readonly pages: InFile;
  readonly constants: number;
  /** Where the variables begin, and which have a value from the start: zeros are behind these. */
  readonly variables: number;
  readonly values: InFile;
  /** Where the variables end. */
  readonly end: number;
  /** Constants and variables are on pages of this size. */
  readonly pageBytes: number;
}

/** Bytes of the file, not of a part of it. */
export interface InFile {
  readonly offset: number;
  readonly bytes: number;
}

/** Where something begins and ends, counted from the constants' start. */
export interface Distances {
  readonly start: number;
  readonly end: number;
}

/** What the runtime changed at its start, to be restored for the program. */
export interface Restore {
  /** Signals that are ignored now and had their default action. */
  readonly handled: readonly number[];
  /** Signals that have a handler now and were ignored. */
  readonly ignored: readonly number[];
  /** The soft limit of open descriptors. */
  readonly nofile?: { readonly soft: bigint; readonly hard: bigint };
}
