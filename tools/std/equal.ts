/**
 * Deep equality as `@std/assert` defines it. Node's `isDeepStrictEqual` is not used because it tells
 * apart what std does not: 0 and -0, and an object with no prototype from a plain one.
 *
 * @module
 */

type Pair = readonly [object, object];

/** What counts in a comparison: of a class instance also what is hidden or inherited. */
function keysOf(value: object): PropertyKey[] {
  const parent = Object.getPrototypeOf(value);
  if (parent === null || parent === Object.prototype || parent === Array.prototype) {
    return Reflect.ownKeys(value).filter((key) =>
      Object.prototype.propertyIsEnumerable.call(value, key)
    );
  }
  const keys: PropertyKey[] = [];
  for (let one = value; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    keys.push(...Reflect.ownKeys(one));
  }
  return keys;
}

const sameValue = (a: unknown, b: unknown): boolean => a === b || Object.is(a, b);

function samePrototype(a: object, b: object): boolean {
  const plain = (value: object) => Object.getPrototypeOf(value) ?? Object.prototype;
  return plain(a) === plain(b);
}

/** Tells whether two values are equal in depth, cycles included. */
export function equal(a: unknown, b: unknown, open: readonly Pair[] = []): boolean {
  if (sameValue(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (!samePrototype(a, b)) return false;
  if (open.some(([one, other]) => one === a && other === b)) return true;
  const below: readonly Pair[] = [...open, [a, b]];

  if (a instanceof Date) return sameValue(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp || a instanceof URL || a instanceof URLSearchParams) {
    return String(a) === String(b);
  }
  if (a instanceof ArrayBuffer) {
    return equal(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  }
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    const [one, other] = [a as Uint8Array, b as Uint8Array];
    return one.length === other.length && one.every((item, i) => sameValue(item, other[i]));
  }
  if (a instanceof Set || a instanceof Map) return equalEntries(a, b as typeof a, below);

  for (const key of new Set([...keysOf(a), ...keysOf(b)])) {
    if ((key in a) !== (key in b)) return false;
    if (!equal(Reflect.get(a, key), Reflect.get(b, key), below)) return false;
  }
  return true;
}

type Keyed = Set<unknown> | Map<unknown, unknown>;

/** Compares without regard to order; each entry finds a partner of its own. */
function equalEntries(a: Keyed, b: Keyed, open: readonly Pair[]): boolean {
  if (a.size !== b.size) return false;
  const left = [...b.entries()];
  return [...a.entries()].every(([key, value]) => {
    const at = left.findIndex(([k, v]) => equal(key, k, open) && equal(value, v, open));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}
