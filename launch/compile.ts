/** Makes the plan of a spec: pure, and the whole order of work at a glance. */
import { type Problem, SpecError } from "./errors.ts";
import { failureSteps } from "../engine/failure/steps.ts";
import { findIds } from "./ids/caller.ts";
import type { Plan } from "../engine/plan.ts";
import { Builder } from "../engine/builder.ts";
import type { Value } from "../engine/value.ts";
import { type FrontEnd, words } from "../engine/failure.ts";
import { all, not } from "../engine/condition.ts";
import type { LaunchSpec, OpenSpec } from "./spec.ts";
import { complete } from "./implied.ts";
import { SPEC_WORDS } from "./spec_words.ts";
import { boundCapabilities, rememberCapabilities } from "./capabilities/steps.ts";
import { handoverOf } from "./network/handover.ts";
import { tellerOf } from "./status/steps.ts";
import { awaitMaps, awaitRelease, leaveSyncFds } from "./sync/steps.ts";
import { readFilters } from "./seccomp/steps.ts";
import type { Context } from "./context.ts";
import { lookAtCaller } from "./ids/caller_looks.ts";
import { becomeOwner, becomeUser, keepCapabilities, setClocks } from "./credentials/steps.ts";
import { nestedOf } from "./ids/nested.ts";
import { startRangeMapper, writeSingleMaps } from "./ids/steps.ts";
import { isJoining } from "./join/asked.ts";
import { idsThere, joinDescriptors, joinSecondUser } from "./join/descriptors.ts";
import { joinIfAsked } from "./join/steps.ts";
import { mountTree, takeTree } from "./join/tree.ts";
import { enterDirectory, enterRoot, setPropagation } from "./mounts/steps.ts";
import { holdMounts } from "./root/opened.ts";
import { makeRoot } from "./root/steps.ts";
import { becomeCopy, becomeCopyEarly, letGoOfFile } from "./start/own_copy.ts";
import { closeProc } from "./proc/files.ts";
import { startBinder } from "./namespaces/persist.ts";
import { ERROR_LEVEL } from "./level.ts";
import { isRootless, settle } from "./namespaces/settle.ts";
import { createNamespaces } from "./namespaces/create.ts";
import { setNames } from "./namespaces/names.ts";
import { warnOfHalf } from "./program/half.ts";
import { warnOfTrap } from "./program/trap.ts";
import { rememberFolder } from "./program/folder.ts";
import { execProgram } from "./program/steps.ts";
import { explainsFor } from "./start/explained.ts";
import { mutePlan } from "./start/mute.ts";
import { prologue } from "./start/prologue.ts";
import { readRequestFile } from "./request/file.ts";
import { hasInit } from "./init/asked.ts";
import { endPipeOf } from "./init/end.ts";
import { startInit } from "./init/steps.ts";
import { holdsIf } from "./cases.ts";
import { leadSession } from "./wait/session.ts";
import { listen } from "./wait/supervision.ts";
import { parentBondOf } from "./wait/parent.ts";
import { waiterOf } from "./wait/waiter.ts";
import { bondOf } from "./wait/bond.ts";
import { refuseLabels, setLabels } from "./labels/steps.ts";
import { setScope } from "./scope/steps.ts";
import { setLimits } from "./limits/steps.ts";
import { type Parameter, parametersIn } from "./parameter.ts";
import { Request } from "./request.ts";
import type { Restore, Starter } from "./starter.ts";
import { problemsOf } from "./validate.ts";

/** Problems: parameters in a launch that takes none. */
function strayParameters(spec: OpenSpec): Problem[] {
  return Object.keys(parametersIn(spec)).map((name) => ({
    path: name,
    message: `parameter '${name}' has no value: only a frozen launch takes parameters`,
  }));
}

/**
 * The plan of a launch that a Command starts and supervises.
 *
 * @param spec From {@linkcode checked}.
 * @param shape The spec with its values left open, if they come in a request.
 */
export function compileForCommand(
  spec: OpenSpec,
  restore: Restore,
  shape: OpenSpec = spec,
): Plan {
  const starter = { listens: true, restore, request: (s: Builder) => readRequestFile(s, shape) };
  const { newRoot } = shape;
  if (newRoot === undefined) return planOf(spec, starter);
  // What is in a root decides on steps, which are to be those of the shape: it is as open.
  return planOf(Object.assign(Object.create(null), spec, { newRoot }), starter);
}

/**
 * Adds to a spec all that it implies, and checks it.
 *
 * @param isOpen Whether its parameters get values when the launch is started.
 * @throws {SpecError} with all that is wrong with it.
 */
export function checked<Open extends Parameter>(
  asked: LaunchSpec<Open>,
  isOpen = false,
): LaunchSpec<Open> {
  const spec = complete(asked);
  checkValues(spec, isOpen);
  return spec;
}

/** Checks the values of a spec with all that it implies. @throws {SpecError} as above. */
export function checkValues(spec: OpenSpec, isOpen = false): void {
  const problems = [...problemsOf(spec), ...isOpen ? [] : strayParameters(spec)];
  if (problems.length > 0) throw new SpecError(problems);
}

/**
 * The plan of a launch, as it is started.
 *
 * @param last As of {@linkcode planOf}.
 * @throws {SpecError} with all that is wrong with the spec.
 */
export function compileFor(
  asked: OpenSpec,
  starter: Starter,
  last?: (context: Context) => void,
): Plan {
  return planOf(checked(asked, starter.request !== undefined), starter, last);
}

/**
 * The order of work.
 *
 * @param spec With all that it implies, and nothing wrong in it.
 * @param last Appends the last steps of the program's process.
 */
export function planOf(
  spec: OpenSpec,
  starter: Starter,
  last?: (context: Context) => void,
): Plan {
  const s = new Builder("main");
  const fronts = frontsOf(starter);
  const explains = explainsFor(s, fronts);
  const { level } = launchSteps(s, spec, starter, last);
  if (starter.isMute) return mutePlan(s, spec.name);
  failureSteps(s, {
    explains,
    mayBeWhole: fronts.some(({ isTerse }) => isTerse),
    fronts: fronts.length,
  });
  const speaker = level
    ? words`${{ string: level }}${spec.name}`
    : spec.levelPrefix === true
    ? `${ERROR_LEVEL}${spec.name}`
    : spec.name;
  return { ...s.plan(spec.name), speaker, front: fronts[0]! };
}

const frontsOf = ({ front = SPEC_WORDS, fronts = [front] }: Starter): readonly FrontEnd[] => fronts;

/**
 * Appends the steps of a launch, which end. All that come behind a failure are still to come.
 *
 * @param asked As of {@linkcode planOf}.
 * @returns What it is asked for.
 */
export function launchSteps(
  s: Builder,
  asked: OpenSpec,
  starter: Starter,
  last: (context: Context) => void = execProgram,
): Request {
  const { isLarge = false } = starter;
  s.isPacked = isLarge;
  const supervisor = listen({ s, spec: asked, starter });
  const seen = (name: Value): void => becomeCopyEarly(s, starter, name);
  const request = new Request(starter.request?.(s, seen));
  if (starter.part) letGoOfFile(s);
  const first = { s, spec: asked, starter, fronts: frontsOf(starter), request };
  const wantsUser = isRootless(first);
  // All that is found out before is found out twice.
  const isCopy = becomeCopy(first, wantsUser);
  const start = settle(first, wantsUser);
  const { spec } = start;
  const parent = parentBondOf(start);
  start.request.warn?.();
  prologue(start);
  warnOfTrap(start);
  const ids = findIds(start);
  lookAtCaller(s, ids);
  const outside: Context = { ...start, ids, isCopy, held: {} };
  refuseLabels(outside);
  rememberFolder(outside);
  rememberCapabilities(outside);
  const binder = startBinder(outside);
  const mapper = startRangeMapper(outside);
  const joins = isJoining(outside);
  const joined = joinIfAsked(outside);
  joinDescriptors(outside);
  const there = { ...outside, ids: idsThere(outside) };
  const context = joined ? { ...there, joined } : there;
  becomeOwner(context);
  holdMounts(context);
  const handover = handoverOf(context, binder?.isAsked ?? false);
  createNamespaces(context, handover.isMade);
  takeTree(context);
  mapper?.release();
  setClocks(context);
  if (joins === true) {
    // Before any path of the inside is gone: /proc must not be open then.
    writeSingleMaps(context);
    closeProc(context);
  }
  parent.tie();
  const bond = bondOf(context);
  const teller = tellerOf(context);
  const end = endPipeOf(context, holdsIf(s, hasInit(context), "has an init", () => true));
  // Where only the words tell whether it joins, what does has no maps.
  const nested = nestedOf(context);
  const waiter = waiterOf(context, { supervisor, bond, binder, teller, handover, end, nested });
  s.if(start.request.isGiven(spec.fork), () => waiter.start(), { otherwise: () => binder?.bind() });
  teller.leave();
  awaitMaps(context);
  const mapsItself = all(not(joins), not(request.isGiven(spec.usernsBlockFd)));
  s.if(mapsItself, () => writeSingleMaps({ ...context, ids: nested.first }));
  setNames(context);
  setPropagation(context);
  setLabels(context);
  nested.prepare();
  makeRoot(context);
  handover.take();
  mountTree(context);
  enterRoot(context);
  setLimits(context);
  joinSecondUser(context);
  nested.enter();
  waiter.hide();
  const capabilities = boundCapabilities(context);
  becomeUser(context);
  keepCapabilities(context);
  capabilities?.hold();
  s.if(start.request.isGiven(spec.fork), () => bond.renew());
  parent.renew();
  awaitRelease(context);
  // As bwrap(1): only where the program itself may go.
  s.if(request.isGiven(spec.keepWd), () => enterDirectory(context));
  warnOfHalf(context);
  setScope(context);
  const filters = readFilters(context);
  leadSession(context);
  startInit(context, end, { restrict: () => filters.setInInit(), begin: () => waiter.leave() });
  leaveSyncFds(context);
  // The filters may refuse to tell.
  teller.tellReached();
  context.held.missed = () => teller.tellMissed();
  filters.set();
  last(context);
  return request;
}
